/**
 * Rows as small integers: every split becomes one comparison of two of them. Whichever way a model
 * compares (single precision, zero as missing, categories) is settled here, once per row.
 */

import type { Asked, Forest } from './forest.ts';

/** LightGBM takes values this close to zero for zero. */
const ZERO_BAND = 1e-35;
/** In no set: sets are of whole numbers below it. */
const UNKNOWN = 0x7fffffff;

/** Codes of rows, (rows, columns): 0 missing, else 1 plus rank or category. */
export function codesOf(
  forest: Forest,
  slots: readonly Float64Array[],
  rows: number,
): Int32Array<ArrayBuffer> {
  const width = forest.columns.length;
  const codes = new Int32Array(rows * width);
  for (let c = 0; c < width; c++) {
    const asked = forest.columns[c];
    const cells = slots[asked.slot];
    let last = Number.NaN;
    let code = 0;
    for (let row = 0; row < rows; row++) {
      // Sweeps of one feature repeat all others.
      if (cells[row] !== last || row === 0) {
        last = cells[row];
        code = codeOf(asked, forest.float32 ? Math.fround(last) : last);
      }
      codes[row * width + c] = code;
    }
  }
  return codes;
}

function codeOf(asked: Asked, value: number): number {
  if (Number.isNaN(value)) return 0;
  if (asked.kind === 'category') {
    return Number.isInteger(value) && value >= 0 && value < UNKNOWN - 1 ? value + 1 : UNKNOWN;
  }
  if (asked.kind === 'zero' && Math.abs(value) <= ZERO_BAND) return 0;
  return 1 + countBelow(asked.thresholds, value);
}

/** How many sorted numbers are below a value. */
function countBelow(sorted: ArrayLike<number>, value: number): number {
  let from = 0;
  let to = sorted.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (sorted[middle] < value) from = middle + 1;
    else to = middle;
  }
  return from;
}
