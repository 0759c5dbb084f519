/** Reading lines off at a place of the x axis. */

import { bisectCenter } from 'd3-array';
import type { LineSeries, Values } from './types.ts';

const MOST = 400;

/** Places a cursor stops at: all that occur, or evenly taken ones where they are many. */
export function stepsOf(all: readonly Values[]): number[] {
  const found = new Set<number>();
  for (const xs of all) {
    for (let i = 0; i < xs.length; i++) if (Number.isFinite(xs[i])) found.add(xs[i]);
  }
  const sorted = [...found].sort((a, b) => a - b);
  if (sorted.length <= MOST) return sorted;
  const step = (sorted.length - 1) / (MOST - 1);
  return Array.from({ length: MOST }, (_, i) => sorted[Math.round(i * step)]);
}

/** Position of the nearest of sorted values. */
export function nearestIndex(sorted: readonly number[], x: number): number {
  return Number.isNaN(x) ? 0 : bisectCenter(sorted as number[], x);
}

/** Value of each series at x: straight between points, NaN outside of them. */
export function readingsAt(
  series: readonly LineSeries[],
  x: number,
): { readonly name: string; readonly y: number }[] {
  return series.map((one) => ({ name: one.name, y: valueAt(one, x) }));
}

/** The lines of a chart go from left to right, so that points are found by halving. */
export function valueAt(series: LineSeries, x: number): number {
  const { xs, ys } = series;
  const last = xs.length - 1;
  if (last < 0 || x < xs[0] || x > xs[last]) return Number.NaN;
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (xs[middle] <= x) low = middle;
    else high = middle;
  }
  // The last of equal places, as a step ends there.
  if (xs[high] === x) return ys[high];
  if (xs[low] === x || series.step) return ys[low];
  return ys[low] + ((ys[high] - ys[low]) * (x - xs[low])) / (xs[high] - xs[low]);
}
