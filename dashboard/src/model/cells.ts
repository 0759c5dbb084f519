/** Cells of rows: taken from the page, repeated, changed. */

import type { Cell, Cells } from './evaluator.ts';
import type { Input } from './types.ts';

/** What is read of a column of the page. */
export interface Source {
  readonly name: string;
  readonly type: Input['type'];
  /** Labels of a category. */
  readonly values: readonly string[];
  /** Why its cells are not in the page. */
  readonly absent?: string | undefined;
  /** NaN where missing; of a category the number of its label. */
  number(row: number): number;
}

/** One value of an input: a number (NaN: missing) or the text of a category (null: missing). */
export type Value = number | string | null;

/** The columns of inputs; null where the page does not have one's cells. */
export function sourcesOf(inputs: readonly Input[], columns: readonly Source[]): (Source | null)[] {
  const known = new Map(columns.map((column) => [column.name, column]));
  return inputs.map(({ name }) => {
    const source = known.get(name);
    return source === undefined || source.absent !== undefined ? null : source;
  });
}

/** Names of the inputs that have no column. */
export function absentOf(
  inputs: readonly Input[],
  sources: readonly (Source | null)[],
): readonly string[] {
  return inputs.filter((_, i) => sources[i] === null).map((input) => input.name);
}

/** Cells of embedded rows; missing where the page has no column. */
export function cellsOf(
  inputs: readonly Input[],
  sources: readonly (Source | null)[],
  rows: ArrayLike<number>,
): Cells {
  return { count: rows.length, inputs: inputs.map((input, i) => cellOf(input, sources[i], rows)) };
}

function cellOf(input: Input, source: Source | null, rows: ArrayLike<number>): Cell {
  const at = (i: number) => (source === null ? Number.NaN : source.number(rows[i]));
  if (input.type !== 'category') {
    return Float64Array.from({ length: rows.length }, (_, i) => at(i));
  }
  return Array.from({ length: rows.length }, (_, i) => source?.values[at(i)] ?? null);
}

/** Values of one row. */
export function valuesOf(cells: Cells, row: number): Value[] {
  return cells.inputs.map((cell) => cell[row]);
}

/** Each row `times` times, one after the other. */
export function repeated(cells: Cells, times: number): Cells {
  const { count } = cells;
  return {
    count: count * times,
    inputs: cells.inputs.map((cell) =>
      cell instanceof Float64Array
        ? Float64Array.from({ length: count * times }, (_, i) => cell[Math.floor(i / times)])
        : Array.from({ length: count * times }, (_, i) => cell[Math.floor(i / times)]),
    ),
  };
}

/** The same rows with one input's cells taken from a list, over and over. */
export function swept(cells: Cells, input: number, values: readonly Value[]): Cells {
  const { count } = cells;
  const old = cells.inputs[input];
  const cell: Cell =
    old instanceof Float64Array
      ? Float64Array.from({ length: count }, (_, i) => asNumber(values[i % values.length]))
      : Array.from({ length: count }, (_, i) => asText(values[i % values.length]));
  return { count, inputs: cells.inputs.map((other, i) => (i === input ? cell : other)) };
}

function asNumber(value: Value): number {
  return value === null ? Number.NaN : Number(value);
}

function asText(value: Value): string | null {
  return value === null || Number.isNaN(value) ? null : String(value);
}

/** Whether a value is missing. */
export function isMissing(value: Value): boolean {
  return value === null || (typeof value === 'number' && Number.isNaN(value));
}

/** A change of one input of a row. */
export interface Change {
  readonly input: number;
  readonly value: Value;
}

/** One row again and again, each time with one change. */
export function variants(row: Cells, changes: readonly Change[]): Cells {
  const many = repeated(row, changes.length);
  changes.forEach(({ input, value }, i) => {
    const cell = many.inputs[input];
    if (cell instanceof Float64Array) cell[i] = asNumber(value);
    else cell[i] = asText(value);
  });
  return many;
}

/** One row with some changes at once. */
export function changed(row: Cells, changes: readonly Change[]): Cells {
  const inputs = row.inputs.map((cell) => cell.slice() as Cell);
  for (const { input, value } of changes) {
    const cell = inputs[input];
    if (cell instanceof Float64Array) cell[0] = asNumber(value);
    else cell[0] = asText(value);
  }
  return { count: 1, inputs };
}

/** Rows of both, one after the other. */
export function joined(first: Cells, second: Cells): Cells {
  const inputs = first.inputs.map((cell, i) => {
    const other = second.inputs[i];
    return cell instanceof Float64Array
      ? Float64Array.of(...cell, ...(other as Float64Array))
      : [...cell, ...(other as (string | null)[])];
  });
  return { count: first.count + second.count, inputs };
}

/** Some of the rows. */
export function taken(cells: Cells, rows: readonly number[]): Cells {
  const inputs = cells.inputs.map((cell) =>
    cell instanceof Float64Array
      ? Float64Array.from(rows, (row) => cell[row])
      : rows.map((row) => cell[row]),
  );
  return { count: rows.length, inputs };
}
