/** Values to sweep a feature over. */

import { quantile } from '../stats/summary.ts';
import type { Value } from './cells.ts';
import type { Observed } from './observed.ts';

/** Labels that are swept at most: the most frequent ones. */
const MOST_LABELS = 30;

export interface Asked {
  /** Ends of the sweep; the observed ones unless given. */
  readonly minimum?: number;
  readonly maximum?: number;
  readonly steps: number;
  /** Whether numbers are whole. */
  readonly whole?: boolean;
}

/**
 * Numbers in order, `steps` of them at most: half of them evenly between the ends, half at
 * quantiles of what is observed, so that the curve is fine where the data are.
 */
export function numberGrid(observed: Observed, asked: Asked): number[] {
  const low = asked.minimum ?? observed.minimum;
  const high = asked.maximum ?? observed.maximum;
  const steps = Math.max(2, Math.floor(asked.steps));
  if (!Number.isFinite(low) || !Number.isFinite(high)) return [];
  if (low >= high) return [low];
  const within = observed.sorted.filter((value) => value >= low && value <= high);
  const even = within.length === 0 ? steps : Math.max(2, Math.ceil(steps / 2));
  const values = Array.from({ length: even }, (_, i) => low + ((high - low) * i) / (even - 1));
  const rest = steps - even;
  for (let i = 0; i < rest; i++) values.push(quantile(within, (i + 0.5) / rest));
  return distinct(asked.whole === true ? values.map(Math.round) : values).filter(
    (value) => value >= low && value <= high,
  );
}

/** Ends between which nearly all of what is observed lies: a curve over many rows is of them. */
export function usualEnds({ sorted }: Observed): { minimum: number; maximum: number } {
  return { minimum: quantile(sorted, 0.01), maximum: quantile(sorted, 0.99) };
}

function distinct(values: number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

/** Labels to sweep, in the column's order: all, or the most frequent ones. */
export function labelGrid(
  labels: readonly string[],
  observed: Observed,
  most: number = MOST_LABELS,
): string[] {
  if (labels.length <= most) return [...labels];
  const order = labels.map((_, i) => i).sort((a, b) => observed.counts[b] - observed.counts[a]);
  const kept = new Set(order.slice(0, most));
  return labels.filter((_, i) => kept.has(i));
}

/** The same with the missing value at the end. */
export function withMissing(grid: readonly Value[], isCategory: boolean): Value[] {
  return [...grid, isCategory ? null : Number.NaN];
}
