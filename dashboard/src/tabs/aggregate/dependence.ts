/** The dependence plot: mean lines, and which other feature tells its spread best. */

import { bisectLeft } from 'd3-array';
import { type ColumnData, isLabelled } from '../../payload/columns.ts';
import { byImportance, type ViewData } from '../../payload/page.ts';
import { quantile, someOf, sortedFinite } from '../../stats/summary.ts';
import { cellsAt } from '../shared/columns.ts';

const MOST_BINS = 20;
const FEWEST_BINS = 5;
/** Rows a mean is taken over, so that the line shows the course and not the noise. */
const PER_BIN = 60;
const TRIED = 25;
const SAMPLE = 2000;
const LEVELS = 10;

/** A line of means. */
export interface MeanLine {
  readonly xs: number[];
  readonly ys: number[];
  readonly counts: number[];
}

/** Bin of each cell: codes of labels, or bins of equally many; -1 where missing. */
export function binsOf(cells: Float64Array, labelled: boolean, bins: number): Int32Array {
  if (labelled) return Int32Array.from(cells, (cell) => (Number.isNaN(cell) ? -1 : cell));
  const sorted = sortedFinite(cells);
  const edges = Array.from({ length: bins - 1 }, (_, i) => quantile(sorted, (i + 1) / bins));
  const distinct = [...new Set(edges)];
  return Int32Array.from(cells, (cell) => (Number.isNaN(cell) ? -1 : bisectLeft(distinct, cell)));
}

/** Means of values over bins of cells, from left to right; missing cells at NaN, last. */
export function meanLine(cells: Float64Array, values: Float64Array, labelled: boolean): MeanLine {
  const wanted = Math.floor(cells.length / PER_BIN);
  const bins = binsOf(cells, labelled, Math.min(MOST_BINS, Math.max(FEWEST_BINS, wanted)));
  const sums = new Map<number, { x: number; y: number; n: number }>();
  for (let i = 0; i < cells.length; i++) {
    if (Number.isNaN(values[i])) continue;
    const sum = sums.get(bins[i]) ?? { x: 0, y: 0, n: 0 };
    sum.x += cells[i];
    sum.y += values[i];
    sum.n++;
    sums.set(bins[i], sum);
  }
  const order = [...sums.keys()].sort((a, b) => (a < 0 ? 1 : b < 0 ? -1 : a - b));
  const found = order.map((bin) => sums.get(bin) ?? { x: 0, y: 0, n: 1 });
  return {
    xs: found.map(({ x, n }) => x / n),
    ys: found.map(({ y, n }) => y / n),
    counts: found.map(({ n }) => n),
  };
}

/**
 * The other feature that tells the spread of the values at like cells best: within bins of the
 * feature, the share of variance a straight line (numbers) or the means (labels) explain. Null
 * where none tells anything.
 */
export function strongestPartner(
  view: ViewData,
  feature: number,
  values: Float64Array,
  rows: Uint32Array,
): number | null {
  const column = view.columns[feature];
  if (column.absent !== undefined) return null;
  const some = Uint32Array.from(someOf(rows, SAMPLE));
  const y = Float64Array.from(some, (row) => values[row]);
  const bins = binsOf(cellsAt(column, some), isLabelled(column), LEVELS);
  const residual = withoutMeans(y, bins);
  let best: number | null = null;
  let most = 0.02;
  for (const other of candidates(view, feature)) {
    const share = explained(view.columns[other], some, residual, bins);
    if (share > most) {
      most = share;
      best = other;
    }
  }
  return best;
}

/** The most important other features with cells. */
function candidates(view: ViewData, feature: number): number[] {
  return byImportance(view)
    .filter((i) => i !== feature && view.columns[i].absent === undefined)
    .slice(0, TRIED);
}

/** Values less the means of their groups. */
function withoutMeans(values: Float64Array, groups: Int32Array): Float64Array {
  const sums = new Map<number, [number, number]>();
  values.forEach((value, i) => {
    if (Number.isNaN(value)) return;
    const [sum, n] = sums.get(groups[i]) ?? [0, 0];
    sums.set(groups[i], [sum + value, n + 1]);
  });
  return values.map((value, i) => {
    const [sum, n] = sums.get(groups[i]) ?? [0, 1];
    return value - sum / n;
  });
}

/** Share of the residual's variance that a column explains within bins. */
function explained(
  column: ColumnData,
  rows: Uint32Array,
  residual: Float64Array,
  bins: Int32Array,
): number {
  const cells = cellsAt(column, rows);
  const total = residual.reduce((sum, value) => sum + (Number.isNaN(value) ? 0 : value ** 2), 0);
  if (total === 0) return 0;
  if (isLabelled(column)) {
    const keys = bins.map((bin, i) => (bin + 1) * 1000 + (Number.isNaN(cells[i]) ? 999 : cells[i]));
    const left = withoutMeans(residual, keys).reduce(
      (sum, value) => sum + (Number.isNaN(value) ? 0 : value ** 2),
      0,
    );
    // Each group's mean takes a share by chance alone.
    return 1 - left / total - new Set(keys).size / rows.length;
  }
  const x = withoutMeans(cells, bins);
  return slopesExplain(x, residual, bins) / total;
}

/** Sum over bins of what a straight line explains there. */
function slopesExplain(x: Float64Array, y: Float64Array, bins: Int32Array): number {
  const sums = new Map<number, [number, number]>();
  for (let i = 0; i < x.length; i++) {
    if (Number.isNaN(x[i]) || Number.isNaN(y[i])) continue;
    const [xy, xx] = sums.get(bins[i]) ?? [0, 0];
    sums.set(bins[i], [xy + x[i] * y[i], xx + x[i] ** 2]);
  }
  let sum = 0;
  for (const [xy, xx] of sums.values()) if (xx > 0) sum += xy ** 2 / xx;
  return sum;
}
