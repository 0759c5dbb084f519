/** Columns of rows as axes and colours of points. */

import { CLASSES } from '../../charts/index.ts';
import type { AxisSpec, PointColours } from '../../charts/types.ts';
import { type ColumnData, isLabelled } from '../../payload/columns.ts';
import { everyRow } from '../../stats/rows.ts';
import { extentOf, quantile, sortedFinite } from '../../stats/summary.ts';

/** Whole numbers with so few values stand in columns of their own: their dots are spread. */
const FEW = 30;

/** Cells of some rows: numbers, or codes of labels. */
export function cellsAt(column: ColumnData, rows: ArrayLike<number>): Float64Array {
  return Float64Array.from(rows, (row) => column.number(row));
}

/** The axis of a column's cells. */
export function axisOf(column: ColumnData, cells: Float64Array): AxisSpec {
  const missing = cells.some(Number.isNaN);
  const { name: title } = column;
  if (isLabelled(column)) {
    return { title, missing, kind: 'category', names: column.values, jitter: true };
  }
  const domain = extentOf(cells);
  if (column.type === 'time') return { title, missing, kind: 'time', domain };
  const whole = column.spec.whole === true;
  return { title, missing, kind: 'number', domain, whole, jitter: hasFew(cells) };
}

function hasFew(cells: Float64Array): boolean {
  const seen = new Set<number>();
  for (const cell of cells) {
    if (!Number.isNaN(cell)) seen.add(cell);
    if (seen.size > FEW) return false;
  }
  return true;
}

/**
 * The ends of a colour scale: nearly all values lie between them, and a few far ones do not make
 * all others look alike.
 */
export function scaleEnds(cells: ArrayLike<number>): [number, number] {
  const sorted = sortedFinite(cells);
  if (sorted.length === 0) return [0, 1];
  const ends: [number, number] = [quantile(sorted, 0.02), quantile(sorted, 0.98)];
  return ends[0] < ends[1] ? ends : [sorted[0], sorted[sorted.length - 1]];
}

/** Colours by a column: classes with shapes where there are few labels, else a scale. */
export function coloursOf(column: ColumnData, cells: Float64Array): PointColours {
  const { name: title } = column;
  if (isLabelled(column)) {
    return { kind: 'category', title, values: cells, names: column.values.slice(0, CLASSES) };
  }
  return { kind: 'value', title, values: cells, domain: scaleEnds(cells), format: column.show };
}

/** Whether the column's labels can be told apart by colour and shape. */
export function isColourable(column: ColumnData): boolean {
  if (column.absent !== undefined) return false;
  return !isLabelled(column) || column.values.length <= CLASSES;
}

const known = new WeakMap<ColumnData, readonly [number, number]>();

/** The ends of a column's scale over all rows, so that groups of rows have the same colours. */
function endsOf(column: ColumnData, count: number): readonly [number, number] {
  const found = known.get(column) ?? scaleEnds(cellsAt(column, everyRow(count)));
  known.set(column, found);
  return found;
}

/** Shares of a colour scale, 0 to 1; NaN where missing, or where labels have no order (of two, the first is low). */
export function sharesOf(column: ColumnData, rows: ArrayLike<number>, count: number): Float64Array {
  const cells = cellsAt(column, rows);
  if (column.type === 'category' && column.values.length !== 2) return cells.fill(Number.NaN);
  const [low, high] = endsOf(column, count);
  const wide = high - low;
  return cells.map((cell) =>
    wide > 0 ? Math.min(1, Math.max(0, (cell - low) / wide)) : cell - low + 0.5,
  );
}
