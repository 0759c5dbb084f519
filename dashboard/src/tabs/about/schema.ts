/** The table of columns: what each holds, in this page. */

import type { TableColumn, TableSpec } from '../../charts/types.ts';
import type { ColumnData } from '../../payload/columns.ts';
import type { Page, ViewData } from '../../payload/page.ts';
import { count, number } from '../../text/numbers.ts';
import { strings } from './strings.ts';

/** A line of the table. */
export interface Line {
  readonly column: ColumnData;
  readonly role: 'feature' | 'other' | 'id';
  /** Of a feature; NaN for others. */
  readonly importance: number;
}

/** What the cells of a column are. */
interface Contents {
  readonly distinct: number;
  readonly missing: number;
}

const SHOWN_LABELS = 5;

/** Return the columns of a view, and those beside it. */
export function linesOf(page: Page, view: ViewData): Line[] {
  const { globals } = view.spec;
  const features = view.columns.map((column, i): Line => {
    return { column, role: 'feature', importance: globals.values[i] };
  });
  const none = Number.NaN;
  const others = page.rows.others.map(
    (column): Line => ({ column, role: 'other', importance: none }),
  );
  if (page.rows.count === 0) return [...features, ...others];
  return [...features, ...others, { column: page.rows.ids, role: 'id', importance: none }];
}

const known = new WeakMap<ColumnData, Contents>();

/** Count the distinct and the missing cells of a column; once. */
export function contentsOf(column: ColumnData, rows: number): Contents {
  const found = known.get(column);
  if (found !== undefined) return found;
  const seen = new Set<number>();
  let missing = 0;
  for (let row = 0; row < rows; row++) {
    const cell = column.number(row);
    if (Number.isNaN(cell)) missing++;
    else seen.add(cell);
  }
  const contents = { distinct: seen.size, missing };
  known.set(column, contents);
  return contents;
}

/** Return what a column is, in words. */
export function typeOf({ spec, type, absent }: ColumnData): string {
  if (absent !== undefined) return spec.word === true ? strings.word : strings.absentValue;
  return type === 'number' && spec.whole === true ? strings.whole : strings.types[type];
}

/** Return the range or the labels of a column, in words; or why there are none. */
export function valuesOf(column: ColumnData): string {
  const { absent, values, spec } = column;
  if (absent !== undefined) return absent;
  if (values.length > 0) {
    return strings.labels(values.slice(0, SHOWN_LABELS), Math.max(0, values.length - SHOWN_LABELS));
  }
  if (spec.range == null) return '';
  const [low, high] = spec.range;
  return strings.range(column.show(low), column.show(high));
}

/** Return the table of columns. */
export function schemaOf(lines: readonly Line[], rows: number): TableSpec {
  const { schema } = strings;
  const contents = (line: number): Contents | null => {
    const { column } = lines[line];
    return rows === 0 || column.absent !== undefined ? null : contentsOf(column, rows);
  };
  const columns: TableColumn[] = [
    { title: schema.name, value: (line) => lines[line].column.name },
    { title: schema.type, value: (line) => typeOf(lines[line].column) },
    { title: schema.values, value: (line) => valuesOf(lines[line].column), wrap: true },
    {
      title: schema.distinct,
      numeric: true,
      value: (line) => contents(line)?.distinct ?? Number.NaN,
      text: (line) => textOf(contents(line)?.distinct, count),
    },
    {
      title: schema.missing,
      numeric: true,
      value: (line) => contents(line)?.missing ?? Number.NaN,
      text: (line) => textOf(contents(line)?.missing, (n) => strings.share(n / rows)),
    },
    {
      title: schema.importance,
      numeric: true,
      value: (line) => lines[line].importance,
      text: (line) => textOf(lines[line].importance, number),
    },
    { title: schema.role, value: (line) => strings.roles[lines[line].role] },
  ];
  return { columns, count: lines.length };
}

function textOf(value: number | undefined, show: (value: number) => string): string {
  return value === undefined || Number.isNaN(value) ? '' : show(value);
}
