/** Sweeps of a feature: grids, axes and lines of the curves. Pure functions. */

import type { AxisSpec, LineSeries, LinesProps } from '../../charts/types.ts';
import type { Value } from '../../model/cells.ts';
import { labelGrid, numberGrid, withMissing } from '../../model/grids.ts';
import { type Editable, numberOf } from './logic.ts';
import { strings } from './strings.ts';

/** What a reader asks of a sweep; NaN: the observed end. */
export interface Asked {
  readonly minimum: number;
  readonly maximum: number;
  readonly steps: number;
}

export const USUAL: Asked = { minimum: Number.NaN, maximum: Number.NaN, steps: 40 };

/** Values of a sweep, and where they are on the axis. */
export interface Grid {
  readonly values: readonly Value[];
  /** Numbers, or places among `names`; NaN: missing. */
  readonly xs: readonly number[];
  /** Labels of the axis; empty for numbers. */
  readonly names: readonly string[];
}

/** The sweep of a feature, missing last where the data have it, or the row's own value `now`. */
export function gridOf(editable: Editable, asked: Asked, now?: Value): Grid {
  const observed = editable.observed();
  const x = now === undefined ? observed.minimum : numberOf(editable, now);
  const missing = observed.missing > 0 || (now !== undefined && Number.isNaN(x));
  if (editable.kind === 'labels') {
    const kept = new Set(labelGrid(editable.column.values, observed));
    const codes = editable.labels
      .map((_, code) => code)
      .filter((code) => kept.has(editable.column.values[code]) || editable.labels[code] === now);
    const values = codes.map((code) => editable.labels[code]);
    return {
      values: missing ? withMissing(values, editable.column.type === 'category') : values,
      xs: [...codes.map((_, i) => i), ...(missing ? [Number.NaN] : [])],
      names: codes.map((code) => editable.column.values[code]),
    };
  }
  const [from, to] = askedEnds(editable, asked, now);
  const [minimum, maximum] = from > to ? [to, from] : [from, to];
  const { steps } = asked;
  const values = numberGrid(observed, { steps, whole: editable.whole, minimum, maximum });
  const all = missing ? withMissing(values, false) : values;
  return { values: all, xs: all.map(Number), names: [] };
}

/** Both ends as they were typed, or of what is observed: the row's own value is on its curve. */
function askedEnds(editable: Editable, asked: Asked, now?: Value): [number, number] {
  const { minimum, maximum } = editable.observed();
  const x = now === undefined ? Number.NaN : numberOf(editable, now);
  const [low, high] = Number.isFinite(x)
    ? [Math.min(minimum, x), Math.max(maximum, x)]
    : [minimum, maximum];
  return [
    Number.isNaN(asked.minimum) ? low : asked.minimum,
    Number.isNaN(asked.maximum) ? high : asked.maximum,
  ];
}

/** What is odd about the ends a reader typed: nothing, or a sentence. */
export function oddEnds(editable: Editable, asked: Asked, now?: Value): string | undefined {
  const [from, to] = askedEnds(editable, asked, now);
  const isTyped = !(Number.isNaN(asked.minimum) && Number.isNaN(asked.maximum));
  if (!isTyped || from < to) return undefined;
  const show = editable.column.show;
  return from === to ? strings.oneEnd(show(from)) : strings.swapped(show(to), show(from));
}

/** What of a value the sweep depends on: a label that is seldom, no value, one beyond the others. */
export function gridKey(editable: Editable, now: Value): Value {
  const x = numberOf(editable, now);
  if (editable.kind === 'labels' || Number.isNaN(x)) return now;
  const { minimum, maximum } = editable.observed();
  return Number.isFinite(x) && (x < minimum || x > maximum) ? x : 'within';
}

/** Lines at the ends of what is observed, where a sweep goes beyond them. */
export function rangeRules(editable: Editable, grid: Grid): NonNullable<LinesProps['rules']> {
  if (editable.kind === 'labels') return [];
  const known = grid.xs.filter((x) => !Number.isNaN(x));
  const { minimum, maximum } = editable.observed();
  const ends = [
    { axis: 'x' as const, value: minimum, label: strings.lowest },
    { axis: 'x' as const, value: maximum, label: strings.highest },
  ];
  return ends.filter(({ value }) => known[0] < value && value < (known.at(-1) ?? value));
}

/** Where a value is on the axis of a grid; NaN: missing, or not on it. */
export function placeOf(editable: Editable, grid: Grid, value: Value): number {
  const x = numberOf(editable, value);
  if (editable.kind !== 'labels' || Number.isNaN(x)) return x;
  return grid.names.indexOf(editable.column.values[x]);
}

/** The axis of a sweep. */
export function axisOf(editable: Editable, grid: Grid): AxisSpec {
  const missing = grid.xs.some(Number.isNaN);
  if (editable.kind === 'labels') {
    return { title: editable.name, kind: 'category', names: grid.names, missing };
  }
  const known = grid.xs.filter((x) => !Number.isNaN(x));
  return {
    title: editable.name,
    kind: editable.kind === 'time' ? 'time' : 'number',
    domain: [known[0] ?? 0, known.at(-1) ?? 1],
    exact: true,
    missing,
    whole: editable.whole && editable.kind === 'number',
    format: editable.column.show,
  };
}

/** The output that is asked for where an array of so many numbers holds it, else the first. */
export function heldOutput(length: number, size: number, asked: number): number {
  return (asked + 1) * size <= length ? asked : 0;
}

/** The part of curves that is one row's. */
export function curveOf(curves: Float64Array, row: number, width: number): Float64Array {
  return curves.subarray(row * width, (row + 1) * width);
}

/** Smallest and largest of some lines, for the axis of predictions. */
export function spanOf(series: readonly LineSeries[]): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { ys } of series) {
    for (let i = 0; i < ys.length; i++) {
      if (ys[i] < low) low = ys[i];
      if (ys[i] > high) high = ys[i];
    }
  }
  return low <= high ? [low, high] : [0, 1];
}

/** Rows that a mean may take within a time, from rows per second; at least a few, at most many. */
export function affordable(rowsPerSecond: number, grid: number, seconds: number): number {
  const rows = Math.floor((rowsPerSecond * seconds) / Math.max(1, grid));
  return Math.max(20, Math.min(200, rows));
}
