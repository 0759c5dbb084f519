/** Figures of predicted values. */

import { mean } from '../stats/summary.ts';

/** Means over rows, and what standard errors need. */
interface ValueFigures {
  readonly mse: number;
  readonly rmse: number;
  readonly mae: number;
  readonly r2: number;
  readonly maxError: number;
}

/** Return the figures of a regression; R2 is NaN where all observed values are the same. */
export function valueFigures(actual: Float64Array, predicted: Float64Array): ValueFigures {
  const n = actual.length;
  const center = mean(actual);
  let squares = 0;
  let sizes = 0;
  let spread = 0;
  let largest = n === 0 ? Number.NaN : 0;
  for (let i = 0; i < n; i++) {
    const residual = actual[i] - predicted[i];
    squares += residual * residual;
    sizes += Math.abs(residual);
    spread += (actual[i] - center) ** 2;
    largest = Math.max(largest, Math.abs(residual));
  }
  const mse = n > 0 ? squares / n : Number.NaN;
  return {
    mse,
    rmse: Math.sqrt(mse),
    mae: n > 0 ? sizes / n : Number.NaN,
    r2: n > 1 && spread > 0 ? 1 - squares / spread : Number.NaN,
    maxError: largest,
  };
}

/**
 * Return the standard error of R2: that of a ratio of means, squared residuals over squared
 * distances to the mean.
 */
export function r2Error(actual: Float64Array, predicted: Float64Array, r2: number): number {
  const center = mean(actual);
  const spread = mean(actual.map((y) => (y - center) ** 2));
  const off = actual.map((y, i) => (y - predicted[i]) ** 2 - (1 - r2) * (y - center) ** 2);
  return standardError(off) / spread;
}

/** Return the standard error of a mean; NaN below two values. */
export function standardError(values: Float64Array): number {
  const n = values.length;
  if (n < 2) return Number.NaN;
  const center = mean(values);
  let squares = 0;
  for (const value of values) squares += (value - center) ** 2;
  return Math.sqrt(squares / (n - 1) / n);
}
