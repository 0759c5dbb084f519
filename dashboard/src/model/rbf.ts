/** Kernel machines with a Gaussian kernel: sums of products over slots. */

import type { Numbers } from '../payload/types.ts';
import type { Background } from './background.ts';
import type { Core } from './evaluator.ts';
import { addProduct, scratchOf } from './product.ts';
import type { KernelCore } from './types.ts';

/** Factors of the background that are kept, as numbers: 32 MB. */
const KEPT = 1 << 22;

export function kernelOf(
  core: KernelCore,
  background: Background | null,
  array: (name: string) => Numbers,
): Core {
  const vectors = array(core.vectors);
  const coefficients = array(core.coefficients);
  return {
    outputs: 1,
    run: (slots, rows) => outputsOf(core, vectors, coefficients, slots, rows),
    explain: background === null ? null : explainer(core, vectors, coefficients, background),
  };
}

function outputsOf(
  core: KernelCore,
  vectors: Numbers,
  coefficients: Numbers,
  slots: readonly Float64Array[],
  rows: number,
): Float64Array {
  const out = new Float64Array(rows);
  const x = new Float64Array(slots.length);
  for (let row = 0; row < rows; row++) {
    slots.forEach((cells, slot) => {
      x[slot] = cells[row];
    });
    let sum = core.offset[0];
    for (let k = 0, at = 0; k < coefficients.length; k++) {
      let distance = 0;
      for (let slot = 0; slot < x.length; slot++, at++) {
        const difference = x[slot] - vectors[at];
        distance += difference * difference;
      }
      sum += coefficients[k] * Math.exp(-core.gamma * distance);
    }
    out[row] = sum;
  }
  return out;
}

function explainer(
  core: KernelCore,
  vectors: Numbers,
  coefficients: Numbers,
  background: Background,
): Core['explain'] {
  const n = background.slots;
  const others = factorsOf(core.gamma, vectors, coefficients.length, background);
  const scratch = scratchOf(n);
  const p = new Float64Array(n);
  return (slots, rows) => {
    const out = new Float64Array(rows * n);
    for (let k = 0; k < coefficients.length; k++) {
      const q = others(k);
      for (let row = 0; row < rows; row++) {
        for (let slot = 0; slot < n; slot++) {
          p[slot] = Math.exp(-core.gamma * (slots[slot][row] - vectors[k * n + slot]) ** 2);
        }
        for (let b = 0; b < background.rows; b++) {
          addProduct(p, q, b * n, coefficients[k] / background.rows, scratch, out, row * n);
        }
      }
    }
    return out;
  };
}

/** Factors of the background per support vector: kept where there are not too many. */
function factorsOf(
  gamma: number,
  vectors: Numbers,
  count: number,
  { rows, slots, values }: Background,
): (vector: number) => Float64Array {
  const made = (k: number) =>
    Float64Array.from({ length: rows * slots }, (_, i) =>
      Math.exp(-gamma * (values[i] - vectors[k * slots + (i % slots)]) ** 2),
    );
  if (count * rows * slots > KEPT) return made;
  const kept: Float64Array[] = [];
  return (k) => {
    kept[k] ??= made(k);
    return kept[k];
  };
}
