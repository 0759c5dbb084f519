/** What can be taken out of a page, as text: JSON, CSV, Markdown. */

import type { ColumnData } from '../../payload/columns.ts';
import type { Page, ViewData } from '../../payload/page.ts';
import { byImportance } from '../../payload/page.ts';
import { attributionsOf, type Scale } from '../../state/attributions.ts';
import { type Cohort, rowsOf } from '../../state/cohorts.ts';
import { described } from '../../state/filters.ts';
import { quantityOf } from '../../state/quantities.ts';
import type { MadeRow } from '../../state/store.ts';
import { labelOf } from '../shared/labels.ts';

export type What = 'global' | 'cohorts' | 'rows' | 'made';
export type Format = 'json' | 'csv' | 'markdown';

type Cell = string | number | null;

/** A table to be written, one object per line; all lines have the same keys. */
export type Lines = readonly Readonly<Record<string, Cell>>[];

/** What is exported. */
export interface Source {
  readonly page: Page;
  readonly view: ViewData;
  readonly output: number | 'all';
  readonly scale: Scale;
  readonly cohorts: readonly Cohort[];
  readonly selected: readonly number[];
  readonly made: readonly MadeRow[];
}

/** Return the lines of an export; none where there is nothing. */
export function linesOf(source: Source, what: What): Lines {
  switch (what) {
    case 'global':
      return globalLines(source);
    case 'cohorts':
      return cohortLines(source);
    case 'rows':
      return rowLines(source);
    case 'made':
      return madeLines(source);
  }
}

/** Return the text of an export. Cohorts as JSON are what "Paste" under Cohorts reads. */
export function textOf(source: Source, what: What, format: Format): string {
  const lines = linesOf(source, what);
  if (lines.length === 0) return '';
  if (format === 'csv') return csvOf(lines);
  if (format === 'markdown') return markdownOf(lines);
  const told =
    what === 'cohorts' ? source.cohorts.map(({ name, filter }) => ({ name, filter })) : lines;
  return JSON.stringify(told, null, 1);
}

function known(value: number | undefined): number | null {
  return value === undefined || !Number.isFinite(value) ? null : value;
}

function globalLines({ view }: Source): Lines {
  const { features, globals, outputs } = view.spec;
  const several = outputs.length > 1;
  return byImportance(view).map((i) => ({
    feature: features[i],
    importance: known(globals.values[i]),
    ...(globals.standardDeviations
      ? { standard_deviation: known(globals.standardDeviations[i]) }
      : {}),
    ...(several
      ? Object.fromEntries(
          outputs.map((name, k) => [`importance: ${name}`, known(globals.perOutput[k]?.[i])]),
        )
      : {}),
  }));
}

function cohortLines({ page, cohorts }: Source): Lines {
  return cohorts.map((cohort) => ({
    name: cohort.name,
    rows: rowsOf(page, cohort).length,
    condition: described(page, cohort.filter),
    filter: JSON.stringify(cohort.filter),
  }));
}

/** A line per row and feature: as many as there are, in a form every tool reads. */
function rowLines(source: Source): Lines {
  const { page, view, scale, selected } = source;
  const outputs = source.output === 'all' ? view.spec.outputs.map((_, i) => i) : [source.output];
  return selected.flatMap((row) =>
    outputs.flatMap((output) => {
      const found = attributionsOf(
        view,
        view.spec.mirrored && source.output === 'all' ? 1 : output,
        scale,
      );
      const label = labelOf(page, view, output);
      const head = { ...outcomeOf(page, row), ...(label === null ? {} : { output: label }) };
      const features = view.spec.features.map((feature, i) => ({
        ...head,
        feature,
        value: cellOf(view.columns[i], row),
        importance: found?.column(i) == null ? null : known(found.value(i, row)),
      }));
      if (found === null) return features;
      const sums = [
        { ...head, feature: '(base value)', value: null, importance: known(found.base) },
        ...(view.local !== null && view.local.kept.length < view.spec.features.length
          ? [{ ...head, feature: '(all others)', value: null, importance: known(found.rest(row)) }]
          : []),
        { ...head, feature: '(sum)', value: null, importance: known(found.sum(row)) },
      ];
      return [...features, ...sums];
    }),
  );
}

/** A cell as other programs read it: numbers plainly, times as ISO 8601, labels as they are. */
function cellOf(column: ColumnData | undefined, row: number): Cell {
  if (column === undefined || column.absent !== undefined || column.missing(row)) return null;
  const value = column.number(row);
  if (column.values.length > 0) return column.values[value] ?? null;
  if (!Number.isFinite(value)) return String(value);
  return column.type === 'time' ? new Date(value).toISOString() : value;
}

function outcomeOf(page: Page, row: number): Record<string, Cell> {
  const told: Record<string, Cell> = { id: page.rows.ids.text(row) };
  for (const of of ['predicted', 'actual'] as const) {
    const found = quantityOf(page, of);
    if (found === null) continue;
    const value = found.number(row);
    told[of] = found.values.length > 0 ? (found.values[value] ?? null) : known(value);
  }
  return told;
}

function madeLines({ page, made }: Source): Lines {
  const names = [...new Set(made.flatMap((row) => Object.keys(row.cells)))];
  return made.map((row) => ({
    name: row.name,
    from: page.rows.ids.text(row.from),
    ...Object.fromEntries(
      names.map((name) => {
        const cell = row.cells[name] ?? null;
        return [name, typeof cell === 'number' ? known(cell) : cell];
      }),
    ),
  }));
}

function cellText(cell: Cell | undefined): string {
  return cell == null ? '' : String(cell);
}

/** Return lines as CSV (RFC 4180). */
export function csvOf(lines: Lines): string {
  const names = Object.keys(lines[0] ?? {});
  const quoted = (text: string): string =>
    /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  const line = (cells: readonly string[]): string => cells.map(quoted).join(',');
  return [line(names), ...lines.map((one) => line(names.map((name) => cellText(one[name]))))].join(
    '\r\n',
  );
}

/** Return lines as a table of Markdown. */
export function markdownOf(lines: Lines): string {
  const names = Object.keys(lines[0] ?? {});
  const plain = (text: string): string =>
    text.replace(/[\\|`*_<>[\]]/g, '\\$&').replace(/\s*[\r\n]+\s*/g, ' ');
  const line = (cells: readonly string[]): string => `| ${cells.map(plain).join(' | ')} |`;
  return [
    line(names),
    `| ${names.map(() => '---').join(' | ')} |`,
    ...lines.map((one) => line(names.map((name) => cellText(one[name])))),
  ].join('\n');
}
