/** Columns of the rows: cells as numbers, codes or texts, whatever they are kept as. */

import { count, moment, number as numberText } from '../text/numbers.ts';
import type { ArrayName, Column, Numbers } from './types.ts';

/** One column, read. */
export interface ColumnData {
  readonly spec: Column;
  readonly name: string;
  readonly type: Column['type'];
  /** Why it has no cells, a sentence; undefined where it has. */
  readonly absent: string | undefined;
  /** Labels of a category or boolean, in order of their codes; empty for numbers and times. */
  readonly values: readonly string[];
  /** Whether a cell is missing. */
  missing(row: number): boolean;
  /** A number, milliseconds of a time, the code of a category or boolean; NaN where missing. */
  number(row: number): number;
  /** What a reader sees in the cell. */
  text(row: number): string;
  /** What a reader sees for a number of this column, a code among them. */
  show(value: number): string;
}

/** Shown for a missing cell. */
export const MISSING = 'missing';

const BOOLEAN = ['False', 'True'];

/** Return a column. */
export function columnOf(spec: Column, array: (name: ArrayName) => Numbers): ColumnData {
  const values = spec.type === 'boolean' ? BOOLEAN : (spec.values ?? []);
  const number = numbersOf(spec, array);
  const isCode = spec.type === 'category' || spec.type === 'boolean';
  const show = (cell: number): string => {
    if (Number.isNaN(cell)) return MISSING;
    if (isCode) return values[cell] ?? MISSING;
    if (spec.type === 'time') return moment(cell);
    return spec.whole === true ? count(cell) : numberText(cell);
  };
  return {
    spec,
    name: spec.name,
    type: spec.type,
    absent: spec.absent,
    values,
    number,
    missing: (row) => Number.isNaN(number(row)),
    text: (row) => show(number(row)),
    show,
  };
}

function numbersOf(spec: Column, array: (name: ArrayName) => Numbers): (row: number) => number {
  if (spec.absent !== undefined) return () => Number.NaN;
  // Arrays are unpacked when a column is first looked at.
  let cells: Numbers | undefined;
  let dictionary: Numbers | undefined;
  const isCode = spec.type === 'category' || spec.type === 'boolean';
  const ready = (): Numbers => {
    if (spec.dictionary !== undefined) dictionary = array(spec.dictionary);
    cells = array(spec.array);
    return cells;
  };
  if (!isCode && spec.dictionary === undefined) return (row) => (cells ?? ready())[row];
  return (row) => {
    const known = cells ?? ready();
    const code = known[row];
    if (code === 256 ** known.BYTES_PER_ELEMENT - 1) return Number.NaN;
    return dictionary === undefined ? code : dictionary[code];
  };
}

/** Whether cells are labels, not magnitudes. */
export function isLabelled(column: ColumnData): boolean {
  return column.type === 'category' || column.type === 'boolean';
}
