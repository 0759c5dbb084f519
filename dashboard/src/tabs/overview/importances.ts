/** Global importances of a class, and what can be said of them. */

import type { ViewData } from '../../payload/page.ts';
import type { Payload } from '../../payload/types.ts';
import { placeOf } from '../../state/attributions.ts';
import { isOfSurrogate } from '../shared/mode.ts';
import { relies } from './strings.ts';

/** As many features are named. */
const NAMED = 3;
/** Below this share of the largest, an importance is what rounding leaves behind. */
const NOTHING = 1e-9;
/** Features with less of all importance are not told of. */
export const LEAST_SHARE = 0.01;
/** The share of all importance that few features are said to hold. */
const MOST_OF_IT = 0.8;
/** Measures whose values are parts of a whole. */
const MEAN_SIZE = 'mean |importance|';

/** Importances of features, for a class or for all of them. */
export interface Importances {
  readonly values: readonly number[];
  /** Positions, the largest first. */
  readonly order: readonly number[];
  /** Standard deviations, where they were measured. */
  readonly deviations: readonly number[] | null;
  /** Sum of features left out before; 0 where there are none. */
  readonly rest: number;
  readonly leftOut: number;
  /** Of all; null where shares make no sense. */
  readonly total: number | null;
}

/** Return the importances of a class, or of all. */
export function importancesOf(view: ViewData, output: number | 'all'): Importances {
  const { globals, outputs } = view.spec;
  const one =
    output === 'all' || outputs.length === 1
      ? null
      : globals.perOutput[placeOf(view, output).output];
  const plain = (one ?? globals.values).map((value) => (Number.isFinite(value) ? value : 0));
  const least = NOTHING * plain.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const values = plain.map((value) => (Math.abs(value) <= least ? 0 : value));
  const order = values.map((_, i) => i).sort((a, b) => values[b] - values[a] || a - b);
  const leftOut = globals.leftOut ?? 0;
  const rest = one == null ? (globals.rest ?? 0) : 0;
  const isPart = globals.measure.startsWith(MEAN_SIZE) && (leftOut === 0 || one == null);
  const sum = values.reduce((a, b) => a + b, 0) + rest;
  return {
    values,
    order,
    deviations: one == null ? (globals.standardDeviations ?? null) : null,
    rest,
    leftOut,
    total: isPart && sum > 0 ? sum : null,
  };
}

/** Return the features that matter at all, the largest first. */
function mattering({ values, order, deviations }: Importances): number[] {
  return order.filter((i) => values[i] > Math.max(0, deviations?.[i] ?? 0));
}

/** Return the features worth telling of: those that matter, and hold some of all importance. */
export function telling(found: Importances): number[] {
  const { values, total } = found;
  return mattering(found).filter(
    (i, at) => at === 0 || total === null || values[i] >= LEAST_SHARE * total,
  );
}

/** Return sentences on what a model relies on. */
export function reliesOn(
  payload: Pick<Payload, 'modelType' | 'method'>,
  view: ViewData,
  found: Importances,
  label: string | null,
): string[] {
  const subject = relies.subject(payload.modelType, isOfSurrogate(payload));
  const matter = mattering(found);
  if (matter.length === 0) {
    return [found.deviations === null ? relies.none(subject) : relies.noneSure(subject)];
  }
  const { total, values } = found;
  const tops = telling(found)
    .slice(0, NAMED)
    .map((i) => ({
      name: view.spec.features[i],
      share: total === null ? null : values[i] / total,
    }));
  const sentences = [relies.first(subject, tops, label)];
  const all = values.length + found.leftOut;
  if (total !== null) {
    sentences[0] += ` ${relies.shares}`;
    const held = fewest(found, total);
    if (held !== null && held.count < all) {
      sentences.push(relies.most(held.count, all, held.share));
    }
  }
  const unused = values.filter((value) => value === 0).length;
  if (unused > 0 && total !== null) sentences.push(relies.unused(unused, all));
  return sentences;
}

/** Return the fewest features that hold most of all importance, and how much they hold. */
function fewest(
  { values, order }: Importances,
  total: number,
): { readonly count: number; readonly share: number } | null {
  let sum = 0;
  for (const [i, feature] of order.entries()) {
    sum += values[feature];
    if (sum >= MOST_OF_IT * total) return { count: i + 1, share: sum / total };
  }
  return null;
}
