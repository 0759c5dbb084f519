/** What values a column has in the page: its range, its quantiles, its labels. */

import { deviation } from '../stats/summary.ts';
import type { Source } from './cells.ts';

/** Rows that quantiles are taken of. */
const MOST = 5000;

export interface Observed {
  /** Smallest and largest number; NaN where there is none. */
  readonly minimum: number;
  readonly maximum: number;
  /** Of the numbers; 0 where they are all the same. */
  readonly deviation: number;
  /** Numbers in order; of many rows every so many. */
  readonly sorted: Float64Array;
  /** Rows without a value. */
  readonly missing: number;
  /** Rows per label of a category. */
  readonly counts: readonly number[];
}

/** What is observed of a column in the first `rows` rows. */
export function observedOf(column: Source, rows: number): Observed {
  const counts: number[] = column.values.map(() => 0);
  const isCode = column.values.length > 0;
  const step = Math.max(1, Math.ceil(rows / MOST));
  const sample: number[] = [];
  let [minimum, maximum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let missing = 0;
  for (let row = 0; row < rows; row++) {
    const value = column.number(row);
    if (Number.isNaN(value)) {
      missing++;
      continue;
    }
    if (isCode) counts[value]++;
    // Infinite cells are no place on an axis.
    if (!Number.isFinite(value)) continue;
    minimum = Math.min(minimum, value);
    maximum = Math.max(maximum, value);
    if (row % step === 0) sample.push(value);
  }
  if (minimum > maximum) [minimum, maximum] = [Number.NaN, Number.NaN];
  const sorted = Float64Array.from(sample).sort();
  return { minimum, maximum, deviation: deviation(sorted), sorted, missing, counts };
}
