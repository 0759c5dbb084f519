/** Attributions of slots to those of the columns a user knows. */

import type { Game } from './types.ts';

/** (rows, outputs, slots) to (rows, outputs, features): each slot's shares to its features. */
export function folded(
  values: Float64Array,
  slots: number,
  fold: Game['fold'],
  features: number,
): Float64Array {
  const lines = slots === 0 ? 0 : values.length / slots;
  const out = new Float64Array(lines * features);
  for (const [slot, feature, share] of fold) {
    for (let line = 0; line < lines; line++) {
      out[line * features + feature] += values[line * slots + slot] * share;
    }
  }
  return out;
}
