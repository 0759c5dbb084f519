/** Numbers behind the charts: rows counted, spread and averaged by slots. */

import { boxOf } from '../../charts/boxes.ts';
import type { BoxStats } from '../../charts/types.ts';
import { someOf } from '../../stats/summary.ts';
import type { Reading } from './readings.ts';
import { byEdges, byValue, equalEdges, evenEdges, isDiscrete, type Slots } from './slots.ts';

const MOST_BARS = 20;
const MOST_BOXES = 15;
const MOST_CELLS = 12;
const MOST_BANDS = 25;
const HISTOGRAM_BINS = 24;
const GRID_BINS = 14;
const BOX_INTERVALS = 8;

/** As many parts of a chart as there are looks. */
export const MOST_PARTS = 3;

/** As many points as are drawn. */
export const MOST_DRAWN = 50_000;

/** Return the slots a chart needs of a quantity. */
export const slotsFor = {
  bars: (reading: Reading) => byValue(reading, MOST_BARS),
  histogram: (reading: Reading) => byEdges(reading, evenEdges(reading, HISTOGRAM_BINS)),
  boxes: (reading: Reading) =>
    isDiscrete(reading)
      ? byValue(reading, MOST_BOXES)
      : byEdges(reading, equalEdges(reading, BOX_INTERVALS)),
  bins: (reading: Reading) =>
    isDiscrete(reading)
      ? byValue(reading, MOST_CELLS)
      : byEdges(reading, evenEdges(reading, GRID_BINS)),
  points: (reading: Reading) => (reading.kind === 'label' ? byValue(reading, MOST_BANDS) : null),
} as const;

/** Return how many of the rows are in each slot. */
export function countsOf(slots: Slots, rows: Uint32Array): Float64Array {
  const counts = new Float64Array(slots.names.length);
  for (const row of rows) counts[slots.of[row]]++;
  return counts;
}

/** Return the box of each slot's cells; null where it has none. */
export function boxesOf(
  slots: Slots,
  cells: Float64Array,
  rows: Uint32Array,
): readonly (BoxStats | null)[] {
  const values = slots.names.map((): number[] => []);
  for (const row of rows) values[slots.of[row]].push(cells[row]);
  return values.map(boxOf);
}

/** Rows by two quantities: [up][across]. */
export interface Cells {
  readonly counts: readonly Float64Array[];
  /** Mean of a third quantity; NaN where no row has it. */
  readonly means: readonly Float64Array[] | null;
}

/** Return counts of rows, and means of a third quantity, by two. */
export function cellsOf(
  across: Slots,
  up: Slots,
  rows: Uint32Array,
  third: Float64Array | null,
): Cells {
  const table = (): Float64Array[] => up.names.map(() => new Float64Array(across.names.length));
  const counts = table();
  const sums = table();
  const known = table();
  for (const row of rows) {
    const [i, j] = [up.of[row], across.of[row]];
    counts[i][j]++;
    const value = third?.[row] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    sums[i][j] += value;
    known[i][j]++;
  }
  // By zero: NaN.
  const means =
    third === null ? null : sums.map((line, i) => line.map((sum, j) => sum / known[i][j]));
  return { counts, means };
}

/** Return the rows of a slot, and of a slot of another quantity. */
export function rowsIn(
  rows: Uint32Array,
  slots: Slots,
  slot: number,
  others?: Slots,
  other = -1,
): Uint32Array {
  return rows.filter(
    (row) => slots.of[row] === slot && (others === undefined || others.of[row] === other),
  );
}

/** Return cells of some rows. */
export function taken(cells: Float64Array, rows: Uint32Array): Float64Array {
  return Float64Array.from(rows, (row) => cells[row]);
}

/** Return at most as many rows as can be drawn. */
export function thinned(rows: Uint32Array): Uint32Array {
  return rows.length <= MOST_DRAWN ? rows : Uint32Array.from(someOf(rows, MOST_DRAWN));
}
