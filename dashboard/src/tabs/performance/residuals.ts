/** Residuals of a regression: observed minus predicted. */

import { ticks } from 'd3-array';
import type { Outcomes } from '../../metrics/index.ts';
import { normalQuantile } from '../../metrics/normal.ts';
import { mean } from '../../stats/summary.ts';

/** Return the residual of every row of outcomes. */
export function residualsOf(outcomes: Outcomes): Float64Array {
  return outcomes.actual.map((y, i) => y - outcomes.predicted[i]);
}

/** Return the mean residual; what only rounding leaves is zero. */
export function meanResidual(residuals: Float64Array): number {
  const found = mean(residuals);
  return Math.abs(found) < 1e-6 * mean(residuals.map(Math.abs)) ? 0 : found;
}

/** Edges of bins of equal, round width that hold all values; at least one bin. */
export function edgesOf(low: number, high: number, bins: number): Float64Array {
  if (!(low < high)) return Float64Array.of(low - 0.5, low + 0.5);
  const inner = ticks(low, high, bins);
  const step = inner.length > 1 ? inner[1] - inner[0] : high - low;
  const edges = [...inner];
  if (edges.length === 0 || edges[0] > low) edges.unshift((edges[0] ?? low) - step);
  if (edges[edges.length - 1] < high) edges.push(edges[edges.length - 1] + step);
  return Float64Array.from(edges);
}

/** Return how many values each bin holds; the last edge belongs to the last bin. */
export function countsOf(values: ArrayLike<number>, edges: Float64Array): Uint32Array {
  const counts = new Uint32Array(edges.length - 1);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value < edges[0] || value > edges[counts.length] || Number.isNaN(value)) continue;
    let from = 0;
    let to = counts.length - 1;
    while (from < to) {
      const middle = (from + to + 1) >> 1;
      if (edges[middle] <= value) from = middle;
      else to = middle - 1;
    }
    counts[from]++;
  }
  return counts;
}

/** A line through the means of so many rows each, in the order of x. */
export interface MeanLine {
  readonly xs: readonly number[];
  readonly ys: readonly number[];
}

const PARTS = 20;

/** Return the mean of y along x, by parts of the same number of rows. */
export function meanLine(xs: Float64Array, ys: Float64Array): MeanLine {
  const order = Uint32Array.from(xs.keys()).sort((a, b) => xs[a] - xs[b]);
  const parts = Math.min(PARTS, Math.floor(order.length / 5));
  const line = { xs: [] as number[], ys: [] as number[] };
  for (let part = 0; part < parts; part++) {
    const from = Math.floor((part * order.length) / parts);
    const taken = order.subarray(from, Math.floor(((part + 1) * order.length) / parts));
    line.xs.push(mean(Float64Array.from(taken, (i) => xs[i])));
    line.ys.push(mean(Float64Array.from(taken, (i) => ys[i])));
  }
  return line;
}

const MOST_QUANTILES = 200;

/** Return quantiles of standardised values beside those of a normal distribution. */
export function normalPlot(values: Float64Array): MeanLine {
  const n = values.length;
  const center = mean(values);
  const deviation = Math.sqrt(mean(values.map((value) => (value - center) ** 2)));
  if (n < 3 || !(deviation > 0)) return { xs: [], ys: [] };
  const sorted = Float64Array.from(values).sort();
  const size = Math.min(n, MOST_QUANTILES);
  const places = Array.from({ length: size }, (_, i) =>
    size === n ? i : Math.round((i * (n - 1)) / (size - 1)),
  );
  return {
    xs: places.map((i) => normalQuantile((i + 0.5) / n)),
    ys: places.map((i) => (sorted[i] - center) / deviation),
  };
}
