/** Whether probabilities are what they say: bins of them, log loss and Brier score. */

import { quantile } from '../stats/summary.ts';

/** Rows of similar probability. */
export interface CalibrationBin {
  readonly low: number;
  readonly high: number;
  readonly count: number;
  /** Mean probability said. */
  readonly said: number;
  /** Share that was observed. */
  readonly seen: number;
}

/** Bins of the same width, or of the same number of rows. */
export type Strategy = 'uniform' | 'quantile';

/** Return the bins of a class that have rows, as scikit-learn's `calibration_curve` makes them. */
export function calibration(
  actual: ArrayLike<number>,
  chance: Float64Array,
  cls: number,
  bins: number,
  strategy: Strategy,
): readonly CalibrationBin[] {
  const edges = strategy === 'uniform' ? evenly(bins) : quantiles(chance, bins);
  const counts = new Float64Array(bins);
  const said = new Float64Array(bins);
  const seen = new Float64Array(bins);
  for (let i = 0; i < chance.length; i++) {
    const bin = placeOf(edges, chance[i]);
    counts[bin]++;
    said[bin] += chance[i];
    if (actual[i] === cls) seen[bin]++;
  }
  return Array.from(counts, (count, k) => ({
    low: edges[k],
    high: edges[k + 1],
    count,
    said: said[k] / count,
    seen: seen[k] / count,
  })).filter((bin) => bin.count > 0);
}

/** Return the mean distance between what was said and seen, weighted by rows. */
export function calibrationError(bins: readonly CalibrationBin[]): number {
  const total = bins.reduce((sum, bin) => sum + bin.count, 0);
  if (total === 0) return Number.NaN;
  return bins.reduce((sum, bin) => sum + bin.count * Math.abs(bin.said - bin.seen), 0) / total;
}

/** Return the log loss of each row. */
export function logLosses(
  actual: ArrayLike<number>,
  chance: readonly Float64Array[],
): Float64Array {
  const least = Number.EPSILON;
  return Float64Array.from(actual, (cls, i) => {
    const own = Math.min(Math.max(chance[cls][i], least), 1 - least);
    return -Math.log(own);
  });
}

/** Return the Brier loss of each row: of two classes that of the second, of more their sum. */
export function brierLosses(
  actual: ArrayLike<number>,
  chance: readonly Float64Array[],
): Float64Array {
  const off = (i: number, k: number): number => (chance[k][i] - Number(actual[i] === k)) ** 2;
  if (chance.length === 2) return Float64Array.from(actual, (_, i) => off(i, 1));
  return Float64Array.from(actual, (_, i) =>
    chance.reduce((sum, _column, k) => sum + off(i, k), 0),
  );
}

function evenly(bins: number): Float64Array {
  return Float64Array.from({ length: bins + 1 }, (_, i) => (i === bins ? 1 : i * (1 / bins)));
}

/** Percentiles as numpy interpolates them. */
function quantiles(values: Float64Array, bins: number): Float64Array {
  const sorted = Float64Array.from(values).sort();
  return evenly(bins).map((share) => quantile(sorted, (share * 100) / 100));
}

/** Number of inner edges below a value. */
function placeOf(edges: Float64Array, value: number): number {
  let from = 1;
  let to = edges.length - 1;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (edges[middle] < value) from = middle + 1;
    else to = middle;
  }
  return from - 1;
}
