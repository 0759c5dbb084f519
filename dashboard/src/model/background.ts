/** The rows an interventional game compares with, as the core's numbers. */

import type { Numbers } from '../payload/types.ts';
import type { Game } from './types.ts';

export interface Background {
  readonly rows: number;
  readonly slots: number;
  /** (rows, slots) */
  readonly values: Numbers;
}

export function backgroundOf(
  game: Game,
  slots: number,
  array: (name: string) => Numbers,
): Background | null {
  if (game.kind !== 'interventional' || game.background === undefined) return null;
  const values = array(game.background);
  return { rows: game.backgroundRows ?? values.length / slots, slots, values };
}

/** The background slot after slot. */
export function bySlot(background: Background): Float64Array[] {
  const { rows, slots, values } = background;
  return Array.from({ length: slots }, (_, slot) =>
    Float64Array.from({ length: rows }, (_row, row) => values[row * slots + slot]),
  );
}

/** Mean of the background, per slot. */
export function meanOf(background: Background): Float64Array {
  return Float64Array.from(bySlot(background), (cells) => {
    let sum = 0;
    for (const cell of cells) sum += cell;
    return sum / cells.length;
  });
}
