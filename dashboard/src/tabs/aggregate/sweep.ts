/** Values to sweep a feature over, and the rows to do it for. */

import { quantileOf, sortedFinite } from '../../charts/boxes.ts';
import { type ColumnData, isLabelled } from '../../payload/columns.ts';

const MOST_LABELS = 30;

/** Codes of labels that occur, most frequent first; numbers evenly between the 1st and 99th percentile. */
export function gridOf(column: ColumnData, cells: Float64Array, steps: number): number[] {
  if (isLabelled(column)) return frequent(cells, MOST_LABELS);
  const sorted = sortedFinite(cells);
  if (sorted.length === 0) return [];
  const low = quantileOf(sorted, 0.01);
  const high = quantileOf(sorted, 0.99);
  if (low === high) return [low];
  const even = Array.from({ length: steps }, (_, i) => low + ((high - low) * i) / (steps - 1));
  return column.spec.whole === true ? [...new Set(even.map(Math.round))] : even;
}

function frequent(cells: Float64Array, most: number): number[] {
  const counts = new Map<number, number>();
  for (const cell of cells) {
    if (!Number.isNaN(cell)) counts.set(cell, (counts.get(cell) ?? 0) + 1);
  }
  return [...counts.keys()]
    .sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0) || a - b)
    .slice(0, most);
}

/** At most so many of the rows, evenly taken. */
export function sampleRows(rows: Uint32Array, most: number): Uint32Array {
  const step = Math.max(1, rows.length / most);
  return Uint32Array.from(
    { length: Math.min(most, rows.length) },
    (_, i) => rows[Math.floor(i * step)],
  );
}
