/** Places of the pieces of waterfalls and force plots. */

import type { Step } from './types.ts';

/** A step with the running sums it lies between. */
export interface Placed {
  readonly step: number;
  readonly from: number;
  readonly to: number;
}

/** Waterfall: each step starts where the one before ended. */
export function running(base: number, steps: readonly Step[]): Placed[] {
  let from = base;
  return steps.map((one, step) => {
    const placed = { step, from, to: from + one.value };
    from = placed.to;
    return placed;
  });
}

/**
 * Force: what pushes up comes from the left to the output, what pushes down from the right; the
 * largest of both lie at the output.
 */
export function pushing(
  output: number,
  steps: readonly Step[],
): { readonly up: Placed[]; readonly down: Placed[] } {
  const up: Placed[] = [];
  const down: Placed[] = [];
  let left = output;
  let right = output;
  const order = steps
    .map((step, i) => ({ i, value: step.value }))
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
  for (const { i, value } of order) {
    if (value > 0) {
      up.push({ step: i, from: left - value, to: left });
      left -= value;
    } else if (value < 0) {
      down.push({ step: i, from: right, to: right - value });
      right -= value;
    }
  }
  return { up, down };
}

/** Smallest and largest running sum, the base and zero-width steps included. */
export function reach(base: number, placed: readonly Placed[]): [number, number] {
  const all = [base, ...placed.flatMap((one) => [one.from, one.to])];
  return [Math.min(...all), Math.max(...all)];
}

/**
 * Running sums at the edges of lanes, top to bottom: the output first, the base last; the last
 * value is added first.
 */
export function sumsUpward(base: number, values: readonly number[]): number[] {
  const sums = [base];
  for (let i = values.length - 1; i >= 0; i--) sums.unshift(sums[0] + values[i]);
  return sums;
}
