/** How sure figures are: 95 % intervals and standard errors. */

import type { Confusion } from './confusion.ts';
import { randomFrom, sampleOf } from './random.ts';

/** Where 95 % of a normal distribution lie. */
export const Z95 = 1.959963984540054;

/** How an interval was made. */
type Method = 'wilson' | 'mean' | 'delta' | 'delong' | 'bootstrap' | 'ratio';

/** A figure with its interval; NaN where there is none. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Standard error. */
  readonly error: number;
  /** Rows the figure is a share or mean of. */
  readonly base: number;
  readonly method: Method | null;
}

/** Return a share of a number of rows, with Wilson's score interval (doi:10.2307/2276774). */
export function share(hits: number, base: number): Estimate {
  if (base === 0) return unknown(0);
  const value = hits / base;
  const z2 = Z95 * Z95;
  const center = (value + z2 / (2 * base)) / (1 + z2 / base);
  const half =
    (Z95 / (1 + z2 / base)) * Math.sqrt((value * (1 - value)) / base + z2 / (4 * base * base));
  const low = hits === 0 ? 0 : center - half;
  const high = hits === base ? 1 : center + half;
  return { value, low, high, error: (high - low) / (2 * Z95), base, method: 'wilson' };
}

/** Return a figure with the interval its standard error gives, cut at what it can be. */
export function around(
  value: number,
  error: number,
  base: number,
  method: Method,
  least = Number.NEGATIVE_INFINITY,
  most = Number.POSITIVE_INFINITY,
): Estimate {
  if (Number.isNaN(value)) return unknown(base);
  // Where nothing varies among the rows, they tell no interval: it is not of no width.
  if (!(error > 1e-12)) return { ...unknown(base), value };
  const low = Math.max(least, value - Z95 * error);
  const high = Math.min(most, value + Z95 * error);
  return { value, low, high, error, base, method };
}

/** Return what is not known. */
export function unknown(base: number): Estimate {
  const none = Number.NaN;
  return { value: none, low: none, high: none, error: none, base, method: null };
}

/** As many filled cells as a standard error is computed of, so that it stays quick. */
const MOST_CELLS = 400;

/** Return the standard error of a figure of a confusion, by the delta method. */
export function deltaError(confusion: Confusion, figure: (c: Confusion) => number): number {
  const { total, cells } = confusion;
  const filled = Array.from(cells.keys()).filter((i) => cells[i] > 0);
  if (total === 0 || filled.length > MOST_CELLS) return Number.NaN;
  const at = (i: number, step: number): number => {
    const moved = cells.slice();
    moved[i] += step;
    return figure({ ...confusion, cells: moved });
  };
  let squares = 0;
  let sum = 0;
  for (const i of filled) {
    const step = Math.min(cells[i] / 2, total * 1e-5);
    // By share of rows: counts are total times shares.
    const slope = (total * (at(i, step) - at(i, -step))) / (2 * step);
    const part = cells[i] / total;
    squares += part * slope * slope;
    sum += part * slope;
  }
  return Math.sqrt(Math.max(0, squares - sum * sum) / total);
}

/** Resamples, and rows of each: more rows are sampled, and the error scaled to all of them. */
const RESAMPLES = 200;
const MOST_ROWS = 2000;

/**
 * Return the standard error of a figure by the bootstrap: rows drawn again and again. `prepare` is
 * given the rows that take part, and returns the figure as a function of how often each is drawn.
 */
export function bootstrapError(
  rows: number,
  prepare: (taken: Uint32Array) => (weights: Uint16Array) => number,
): number {
  if (rows < 2) return Number.NaN;
  const taken = sampleOf(rows, MOST_ROWS);
  const figure = prepare(taken);
  const random = randomFrom(20240229);
  const found: number[] = [];
  const weights = new Uint16Array(taken.length);
  for (let i = 0; i < RESAMPLES; i++) {
    weights.fill(0);
    for (let k = 0; k < weights.length; k++) weights[Math.floor(random() * weights.length)]++;
    const value = figure(weights);
    if (!Number.isNaN(value)) found.push(value);
  }
  // Where many resamples lack a class, their spread says nothing.
  if (found.length < RESAMPLES / 2) return Number.NaN;
  const center = found.reduce((sum, value) => sum + value, 0) / found.length;
  const squares = found.reduce((sum, value) => sum + (value - center) ** 2, 0);
  return Math.sqrt((squares / (found.length - 1)) * (taken.length / rows));
}

/** A difference with its interval. */
export interface Difference {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Whether the interval lies on one side of zero. */
  readonly clear: boolean;
}

/**
 * Return the difference of a group's figure to that of all rows, the group being among them:
 * what both share is taken out of the error (exact for means, else close).
 */
export function difference(group: Estimate, all: Estimate): Difference | null {
  const value = group.value - all.value;
  if (Number.isNaN(value)) return null;
  const part = all.base > 0 ? Math.min(1, group.base / all.base) : 1;
  const error = Math.sqrt(Math.max(0, group.error ** 2 * (1 - 2 * part) + all.error ** 2));
  const low = value - Z95 * error;
  const high = value + Z95 * error;
  return { value, low, high, clear: part < 1 && (low > 0 || high < 0) };
}
