/** Order of the rows of a table. */

import type { TableColumn } from '../charts/types.ts';

export interface Sort {
  readonly column: number;
  readonly descending: boolean;
}

/** Rows in the order of a column; what is missing comes last, equal ones stay as they were. */
export function sortedRows(
  rows: ArrayLike<number>,
  column: TableColumn | undefined,
  descending: boolean,
): Uint32Array {
  const order = Uint32Array.from(rows);
  if (column === undefined) return order;
  const sign = descending ? -1 : 1;
  if (column.numeric) {
    const keys = Float64Array.from(order, (row) => Number(column.value(row)));
    return placed(order, (a, b) => compareNumbers(keys[a], keys[b], sign));
  }
  const keys = Array.from(order, (row) => String(column.value(row)));
  const collator = new Intl.Collator('en', { numeric: true });
  return placed(order, (a, b) => sign * collator.compare(keys[a], keys[b]));
}

function placed(rows: Uint32Array, compare: (a: number, b: number) => number): Uint32Array {
  const places = Uint32Array.from(rows, (_, i) => i);
  places.sort((a, b) => compare(a, b) || a - b);
  return places.map((place) => rows[place]);
}

function compareNumbers(a: number, b: number, sign: number): number {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : 1;
  if (Number.isNaN(b)) return -1;
  return sign * (a - b);
}

/** The next order when a column's heading is pressed: numbers start with the largest. */
export function nextSort(now: Sort | null, column: number, numeric: boolean): Sort | null {
  if (now === null || now.column !== column) return { column, descending: numeric };
  if (now.descending === numeric) return { column, descending: !numeric };
  return null;
}
