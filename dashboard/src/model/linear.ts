/** Linear outputs, and what each slot adds: its weight times the difference to the mean. */

import type { Numbers } from '../payload/types.ts';
import { type Background, meanOf } from './background.ts';
import type { Core } from './evaluator.ts';
import type { LinearCore } from './types.ts';

export function linearOf(
  core: LinearCore,
  background: Background | null,
  array: (name: string) => Numbers,
): Core {
  const weights = array(core.weights);
  return {
    outputs: core.outputs,
    run: (slots, rows) => outputsOf(core, weights, slots, rows),
    explain: background === null ? null : explainer(core.outputs, weights, meanOf(background)),
  };
}

function outputsOf(
  core: LinearCore,
  weights: Numbers,
  slots: readonly Float64Array[],
  rows: number,
): Float64Array {
  const out = new Float64Array(rows * core.outputs);
  for (let output = 0; output < core.outputs; output++) {
    for (let row = 0; row < rows; row++) out[row * core.outputs + output] = core.offset[output];
    for (let slot = 0; slot < slots.length; slot++) {
      const weight = weights[output * slots.length + slot];
      const cells = slots[slot];
      for (let row = 0; row < rows; row++) out[row * core.outputs + output] += weight * cells[row];
    }
  }
  return out;
}

function explainer(outputs: number, weights: Numbers, mean: Float64Array): Core['explain'] {
  return (slots, rows) => {
    const n = slots.length;
    const out = new Float64Array(rows * outputs * n);
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < outputs * n; i++) {
        const slot = i % n;
        out[row * outputs * n + i] = weights[i] * (slots[slot][row] - mean[slot]);
      }
    }
    return out;
  };
}
