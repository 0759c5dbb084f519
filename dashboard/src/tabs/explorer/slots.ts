/** Rows sorted into slots of a quantity: labels, intervals, and one for the missing. */

import { ticks } from 'd3-array';
import type { Condition, Filter } from '../../payload/types.ts';
import { extentOf, quantile } from '../../stats/summary.ts';
import type { Reading } from './readings.ts';
import { strings } from './strings.ts';

/** Where each row of the page belongs. */
export interface Slots {
  /** The missing are last, where there are any. */
  readonly names: readonly string[];
  /** Slot of each row of the page. */
  readonly of: Int32Array;
  /** Slot of the missing; -1 where none is. */
  readonly missing: number;
  /** Ends of intervals, one more than there are; absent for labels. */
  readonly edges?: Float64Array;
  /** The rows of a slot, as a cohort's condition; null where no condition can say it. */
  readonly filter: (slot: number) => Filter | null;
}

/** So many distinct numbers are told apart as labels are: whole ones, and others. */
const MOST_DISTINCT = 10;
const MOST_BROKEN = 5;

const distinct = new WeakMap<Float64Array, Float64Array | null>();

/** Return the sorted distinct numbers of cells; null where they are more than a few. */
export function distinctOf(cells: Float64Array): Float64Array | null {
  let found = distinct.get(cells);
  if (found === undefined) {
    const seen = new Set<number>();
    let known = 0;
    for (let row = 0; row < cells.length && seen.size <= MOST_DISTINCT; row++) {
      if (Number.isNaN(cells[row])) continue;
      known++;
      seen.add(cells[row]);
    }
    // Among very few rows all numbers are rare.
    const most = [...seen].every(Number.isInteger) ? MOST_DISTINCT : MOST_BROKEN;
    const few = seen.size <= most && 2 * seen.size <= known;
    found = few ? Float64Array.from(seen).sort() : null;
    distinct.set(cells, found);
  }
  return found;
}

/** Whether a quantity is told apart by its values, not by size. */
export function isDiscrete(reading: Reading): boolean {
  if (reading.kind === 'label') return true;
  return reading.kind === 'number' && distinctOf(reading.cells) !== null;
}

/** Return one slot per value, the most frequent ones and one for all others where they are many. */
export function byValue(reading: Reading, most: number): Slots {
  const numbers = reading.kind === 'label' ? null : distinctOf(reading.cells);
  const values = numbers ?? Float64Array.from(reading.labels, (_, code) => code);
  const place = new Map(Array.from(values, (value, i) => [value, i]));
  const counts = new Float64Array(values.length);
  for (const cell of reading.cells) {
    const at = place.get(cell);
    if (at !== undefined) counts[at]++;
  }
  const shown = shownOf(counts, most, numbers !== null);
  const lumped = counts.reduce((n, c, i) => n + Number(c > 0 && !shown.includes(i)), 0);
  const slotOf = new Int32Array(values.length).fill(shown.length);
  for (const [slot, at] of shown.entries()) slotOf[at] = slot;
  const names = shown.map((at) => reading.show(values[at]));
  if (lumped > 0) names.push(strings.otherValues(lumped));
  const condition = conditionOf(reading);
  const wanted = (at: number): number | string =>
    numbers === null ? reading.labels[at] : numbers[at];
  const told = shown.map(wanted);
  return withMissing(reading, names, (cell) => slotOf[place.get(cell) ?? 0], {
    filter: (slot) =>
      slot < shown.length
        ? condition('in', [told[slot]])
        : all([condition('not in', told), condition('present')]),
  });
}

/** Labels keep their own order where all are shown; else the most frequent come first. */
function shownOf(counts: Float64Array, most: number, isNumber: boolean): number[] {
  const used = Array.from(counts.keys()).filter((i) => counts[i] > 0);
  if (used.length <= most) return used;
  const frequent = used.sort((a, b) => counts[b] - counts[a]).slice(0, most - 1);
  return isNumber ? frequent.sort((a, b) => a - b) : frequent;
}

/** Return slots between edges; the last one holds its upper end as well. */
export function byEdges(reading: Reading, edges: Float64Array): Slots {
  const last = edges.length - 2;
  const condition = conditionOf(reading);
  const names = Array.from({ length: last + 1 }, (_, i) =>
    strings.range(reading.show(edges[i]), reading.show(edges[i + 1])),
  );
  return withMissing(reading, names, (cell) => intervalOf(edges, cell), {
    edges,
    filter: (slot) =>
      all([condition('>=', edges[slot]), condition(slot === last ? '<=' : '<', edges[slot + 1])]),
  });
}

/** Position of the interval a number lies in; numbers outside belong to the ends. */
export function intervalOf(edges: Float64Array, value: number): number {
  let low = 0;
  let high = edges.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (value >= edges[middle]) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Return the ends of about so many intervals of equal width, at round numbers. */
export function evenEdges(reading: Reading, wanted: number): Float64Array {
  const [low, high] = extentOf(reading.cells);
  if (low === high) return Float64Array.of(low - 0.5, low + 0.5);
  if (reading.kind === 'time') {
    return Float64Array.from({ length: wanted + 1 }, (_, i) => low + ((high - low) * i) / wanted);
  }
  const inner = ticks(low, high, wanted);
  const step = inner.length > 1 ? inner[1] - inner[0] : high - low;
  const edges = [...inner];
  if ((edges[0] ?? high) > low) edges.unshift(rounded(edges[0] - step, step));
  if (edges[edges.length - 1] < high) edges.push(rounded(edges[edges.length - 1] + step, step));
  return Float64Array.from(edges);
}

/** Take away what adding steps leaves behind. */
function rounded(value: number, step: number): number {
  const digits = Math.min(100, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(step)))));
  return Number(value.toFixed(digits));
}

/** Return the ends of intervals that hold about as many rows each. */
export function equalEdges(reading: Reading, wanted: number): Float64Array {
  const sorted = reading.cells.filter(Number.isFinite).sort();
  const cuts = Array.from({ length: wanted + 1 }, (_, i) => quantile(sorted, i / wanted));
  const edges = [...new Set(cuts)];
  return edges.length > 1 ? Float64Array.from(edges) : evenEdges(reading, wanted);
}

function withMissing(
  reading: Reading,
  names: readonly string[],
  slotOf: (cell: number) => number,
  rest: { readonly edges?: Float64Array; readonly filter: (slot: number) => Filter | null },
): Slots {
  const { cells } = reading;
  const of = new Int32Array(cells.length);
  let some = false;
  for (let row = 0; row < cells.length; row++) {
    const isMissing = Number.isNaN(cells[row]);
    of[row] = isMissing ? names.length : slotOf(cells[row]);
    some ||= isMissing;
  }
  const condition = conditionOf(reading);
  return {
    ...rest,
    names: some ? [...names, strings.missing] : names,
    of,
    missing: some ? names.length : -1,
    filter: (slot) => (slot === names.length ? condition('missing') : rest.filter(slot)),
  };
}

type Told = Condition['value'];

/** Return what makes conditions of a quantity; null from it where no condition can name it. */
export function conditionOf(
  reading: Reading,
): (is: Condition['is'], value?: Told) => Filter | null {
  const { of } = reading;
  return (is, value) => {
    if (of === null) return null;
    return value === undefined ? { of, is } : { of, is, value };
  };
}

/** All of some filters; null where one of them cannot be said. */
export function all(parts: readonly (Filter | null)[]): Filter | null {
  const known = parts.filter((part) => part !== null);
  if (known.length < parts.length) return null;
  return known.length === 1 ? known[0] : { all: known };
}
