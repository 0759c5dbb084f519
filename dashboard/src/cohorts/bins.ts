/** Features in at most six bins, and the conditions that ranges of bins are. */

import type { ColumnData } from '../payload/columns.ts';
import { isLabelled } from '../payload/columns.ts';
import type { Page } from '../payload/page.ts';
import { byImportance } from '../payload/page.ts';
import type { Condition } from '../payload/types.ts';

const MOST_BINS = 6;
const MOST_FEATURES = 40;

/** Bins of one feature, as codes per searched row. */
export interface Binned {
  readonly column: ColumnData;
  readonly codes: Uint8Array;
  readonly size: number;
  /** Upper end of each bin of numbers; the last bin of all is the missing one. */
  readonly ends: readonly number[];
  /** Smallest value of each bin of numbers. */
  readonly starts: readonly number[];
  /** Category of each bin. */
  readonly labels: readonly string[];
}

/** Neighbouring bins of a feature, both ends included. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** The most important features first, as far as they have cells. */
export function featuresOf(page: Page): readonly ColumnData[] {
  const [view] = page.views;
  return byImportance(view)
    .map((i) => view.columns[i])
    .filter((column) => column.absent === undefined)
    .slice(0, MOST_FEATURES);
}

/** Return a feature in bins; null where nothing tells its cells apart. */
export function binnedOf(column: ColumnData, rows: Uint32Array): Binned | null {
  const cells = Float64Array.from(rows, (row) => column.number(row));
  return isLabelled(column) ? ofLabels(column, cells) : ofNumbers(column, cells);
}

function ofNumbers(column: ColumnData, cells: Float64Array): Binned | null {
  const sorted = cells.filter((cell) => !Number.isNaN(cell)).sort();
  const isConstant = sorted[0] === sorted[sorted.length - 1];
  if (sorted.length === 0 || (isConstant && sorted.length === cells.length)) return null;
  const parts = MOST_BINS - 1;
  const ends = new Set<number>();
  for (let i = 1; i < parts; i++) {
    // An end is a value that occurs, so that conditions read as the data do.
    ends.add(sorted[Math.floor((i * sorted.length) / parts)]);
  }
  ends.delete(sorted[sorted.length - 1]);
  const upper = [...ends].sort((a, b) => a - b);
  const missing = upper.length + 1;
  const codes = Uint8Array.from(cells, (cell) => {
    if (Number.isNaN(cell)) return missing;
    let bin = 0;
    while (bin < upper.length && cell > upper[bin]) bin++;
    return bin;
  });
  const starts = upper.map(() => Number.POSITIVE_INFINITY);
  starts.push(Number.POSITIVE_INFINITY);
  for (const [i, code] of codes.entries()) {
    if (code < missing) starts[code] = Math.min(starts[code], cells[i]);
  }
  return { column, codes, size: missing + 1, ends: upper, starts, labels: [] };
}

/** The most frequent categories have a bin each; the others, and missing cells, have none. */
function ofLabels(column: ColumnData, cells: Float64Array): Binned | null {
  const counts = new Map<number, number>();
  for (const cell of cells) if (!Number.isNaN(cell)) counts.set(cell, (counts.get(cell) ?? 0) + 1);
  const kept = [...counts.keys()]
    .sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0) || a - b)
    .slice(0, MOST_BINS);
  if (counts.size < 2) return null;
  const place = new Map(kept.map((code, i) => [code, i]));
  const codes = Uint8Array.from(cells, (cell) => place.get(cell) ?? kept.length);
  const labels = kept.map((code) => column.values[code]);
  return { column, codes, size: kept.length + 1, ends: [], starts: [], labels };
}

/** Ranges of bins that make a condition: neighbours of numbers, single categories, missing. */
export function rangesOf(binned: Binned): readonly Range[] {
  const last = binned.size - 1;
  const found: Range[] = [];
  if (binned.labels.length > 0) {
    for (let i = 0; i < last; i++) found.push({ from: i, to: i });
    return found;
  }
  for (let from = 0; from < last; from++) {
    for (let to = from; to < last; to++) {
      if (from > 0 || to < last - 1) found.push({ from, to });
    }
  }
  found.push({ from: last, to: last });
  return found;
}

/** Return the condition a range of bins is. */
export function conditionOf(binned: Binned, { from, to }: Range): Condition {
  const of = { feature: binned.column.name };
  const { ends, starts, labels } = binned;
  if (labels.length > 0) return { of, is: 'in', value: [labels[from]] };
  if (from > ends.length) return { of, is: 'missing' };
  if (to === ends.length) return { of, is: '>', value: ends[from - 1] };
  if (from === 0) return { of, is: '<=', value: ends[to] };
  if (starts[from] === ends[to]) return { of, is: 'in', value: [ends[to]] };
  return { of, is: 'between', value: [starts[from], ends[to]] };
}
