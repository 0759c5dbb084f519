/** Kernel densities for violins: Gaussian, Silverman's bandwidth, over linear bins. */

import { sortedFinite } from '../stats/summary.ts';
import { boxOfSorted } from './boxes.ts';
import type { Density, Values } from './types.ts';

const GRID = 96;
const REACH = 3;

/** Density of values, cut at the smallest and largest one; null where there is none. */
export function densityOf(values: Values): Density | null {
  const sorted = sortedFinite(values);
  const box = boxOfSorted(sorted);
  if (box === null) return null;
  const low = sorted[0];
  const high = sorted[sorted.length - 1];
  if (low === high) return { x: [low], y: [1], box };
  const width = bandwidth(sorted, box.q3 - box.q1, box.mean);
  const step = (high - low) / (GRID - 1);
  const weights = binned(sorted, low, step);
  const x = Array.from({ length: GRID }, (_, i) => low + i * step);
  return { x, y: smoothed(weights, step, width), box };
}

/** 0.9 min(standard deviation, IQR / 1.34) n^(-1/5). */
export function bandwidth(sorted: Float64Array, spread: number, mean: number): number {
  const variance =
    sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, sorted.length - 1);
  const deviation = Math.sqrt(variance);
  const robust = spread > 0 ? Math.min(deviation, spread / 1.34) : deviation;
  return 0.9 * robust * sorted.length ** -0.2;
}

/** Shares of the values in two neighbouring grid points each. */
function binned(values: Float64Array, low: number, step: number): Float64Array {
  const weights = new Float64Array(GRID);
  for (const value of values) {
    const place = (value - low) / step;
    const i = Math.min(GRID - 2, Math.floor(place));
    weights[i] += (i + 1 - place) / values.length;
    weights[i + 1] += (place - i) / values.length;
  }
  return weights;
}

function smoothed(weights: Float64Array, step: number, width: number): number[] {
  const sigma = Math.max(width, step / 2);
  const reach = Math.ceil((REACH * sigma) / step);
  const kernel = Array.from({ length: reach + 1 }, (_, i) => {
    const z = (i * step) / sigma;
    return Math.exp(-0.5 * z * z) / (sigma * Math.sqrt(2 * Math.PI));
  });
  return Array.from(weights, (_, i) => {
    let sum = 0;
    for (let j = Math.max(0, i - reach); j <= Math.min(GRID - 1, i + reach); j++) {
      sum += weights[j] * kernel[Math.abs(i - j)];
    }
    return sum;
  });
}
