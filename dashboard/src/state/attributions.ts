/** Attributions of one class or target, in the unit a reader chose. */

import { logistic, slopeOf } from '../model/probability.ts';
import type { LocalData, ViewData } from '../payload/page.ts';
import type { View } from '../payload/types.ts';
import { unitOf } from './units.ts';

/** As kept (log-odds, ...), or rescaled to probability. */
export type Scale = 'kept' | 'probability';

/** Attributions of one class or target of a view. */
export interface Attributions {
  /** "log-odds", "probability"... */
  readonly unit: string;
  /** Base value, in the unit. */
  readonly base: number;
  /** Attributions of a feature in all rows; null where they are not kept. */
  column(feature: number): Float64Array | null;
  /** Attribution of a feature in a row; 0 where it is not kept. */
  value(feature: number, row: number): number;
  /** Sum of the attributions of features that are not kept. */
  rest(row: number): number;
  /** Base value plus all attributions. */
  sum(row: number): number;
}

/** Where the attributions of a class are kept, and with which sign. */
export interface Place {
  readonly output: number;
  readonly sign: 1 | -1;
}

/** How attributions are told: of which outputs, and in which unit. */
export interface Told {
  readonly spec: Pick<View, 'outputs' | 'mirrored' | 'space'>;
}

/**
 * Return where a view keeps the attributions of a class or target. The margin of two classes is
 * kept once, for the second: those of the first are its negative.
 */
export function placeOf(view: Told, output: number): Place {
  if (view.spec.mirrored) return { output: 0, sign: output === 0 ? -1 : 1 };
  return { output: Math.min(output, view.spec.outputs.length - 1), sign: 1 };
}

/**
 * Whether log-odds can be told as probability: each row's attributions are multiplied by one
 * number, so that they add up to the difference of probabilities.
 */
export function canRescale(view: Told): boolean {
  return view.spec.mirrored && view.spec.space === 'log-odds';
}

const known = new WeakMap<ViewData, Map<string, Attributions>>();

/** Return the attributions of a class or target; null where a view keeps none of single rows. */
export function attributionsOf(view: ViewData, output: number, scale: Scale): Attributions | null {
  if (view.local === null) return null;
  const kept = known.get(view) ?? new Map<string, Attributions>();
  known.set(view, kept);
  const rescaled = scale === 'probability' && canRescale(view);
  const key = `${output} ${rescaled}`;
  const made = kept.get(key) ?? madeOf(view.local, view, output, rescaled);
  kept.set(key, made);
  return made;
}

function madeOf(local: LocalData, view: ViewData, output: number, rescaled: boolean): Attributions {
  const plain = signed(local, view, output);
  if (!rescaled) return plain;
  const base = logistic(plain.base);
  const factors: number[] = [];
  const factor = (row: number): number => {
    const found = factors[row];
    if (found !== undefined) return found;
    const made = slopeOf(plain.base, plain.sum(row) - plain.base);
    factors[row] = made;
    return made;
  };
  const columns = new Map<number, Float64Array>();
  return {
    unit: 'probability',
    base,
    column: (feature) => {
      const found = columns.get(feature);
      if (found !== undefined) return found;
      const values = plain.column(feature)?.map((value, row) => value * factor(row)) ?? null;
      if (values !== null) columns.set(feature, values);
      return values;
    },
    value: (feature, row) => plain.value(feature, row) * factor(row),
    rest: (row) => plain.rest(row) * factor(row),
    sum: (row) => logistic(plain.sum(row)),
  };
}

function signed(local: LocalData, view: ViewData, output: number): Attributions {
  const place = placeOf(view, output);
  const { sign } = place;
  const base = sign * local.base(place.output);
  const sums: number[] = [];
  const negative = new Map<number, Float64Array>();
  const rest = (row: number): number => sign * local.rest(place.output, row);
  const value = (feature: number, row: number): number =>
    sign * local.value(place.output, feature, row);
  return {
    unit: unitOf(view.spec.space),
    base,
    column: (feature) => {
      const values = local.column(place.output, feature);
      if (values === null || sign === 1) return values;
      const found = negative.get(feature) ?? values.map((x) => -x);
      negative.set(feature, found);
      return found;
    },
    value,
    rest,
    sum: (row) => {
      const found = sums[row];
      if (found !== undefined) return found;
      let total = base + rest(row);
      for (const feature of local.kept) total += value(feature, row);
      sums[row] = total;
      return total;
    },
  };
}
