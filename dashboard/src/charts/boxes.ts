/** Numbers of a box plot. */

import { mean, quantile, sortedFinite } from '../stats/summary.ts';
import type { BoxStats, Values } from './types.ts';

const SHOWN_OUTLIERS = 200;

/** Box of values; null where there is none. Quantiles are those of numpy (linear). */
export function boxOf(values: Values): BoxStats | null {
  return boxOfSorted(sortedFinite(values));
}

export function boxOfSorted(sorted: Float64Array): BoxStats | null {
  if (sorted.length === 0) return null;
  const at = (share: number) => quantile(sorted, share);
  const [q1, median, q3] = [at(0.25), at(0.5), at(0.75)];
  const reach = 1.5 * (q3 - q1);
  const first = sorted.findIndex((value) => value >= q1 - reach);
  const last = sorted.findLastIndex((value) => value <= q3 + reach);
  const outside = [...sorted.subarray(0, first), ...sorted.subarray(last + 1)];
  return {
    count: sorted.length,
    low: Math.min(sorted[first], q1),
    q1,
    median,
    q3,
    high: Math.max(sorted[last], q3),
    mean: mean(sorted),
    outliers: evenly(outside, SHOWN_OUTLIERS),
    outlierCount: outside.length,
  };
}

/** At most so many, at even distances, the first and the last among them. */
export function evenly<T>(values: readonly T[], most: number): T[] {
  if (values.length <= most) return [...values];
  const step = (values.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, i) => values[Math.round(i * step)]);
}
