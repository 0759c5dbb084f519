/** What conditions, axes and colours read of a row: one name, one number per row. */

import type { ColumnData } from '../payload/columns.ts';
import { MISSING } from '../payload/columns.ts';
import type { Page } from '../payload/page.ts';
import type { Condition } from '../payload/types.ts';
import { number as numberText } from '../ui/numbers.ts';

/** A quantity of every row. */
export interface Quantity {
  /** What a reader calls it. */
  readonly name: string;
  /** Labels in order of codes; empty where it is a magnitude. */
  readonly values: readonly string[];
  /** Number, or code of a label; NaN where missing. */
  number(row: number): number;
  /** What a reader sees for a number. */
  show(value: number): string;
}

/** Kinds of errors of two classes, by code: the second class is the positive one. */
export const ERRORS = [
  'true negative',
  'false positive',
  'false negative',
  'true positive',
] as const;

/** Labels of whether a prediction is the observed class. */
export const CORRECT = ['wrong', 'correct'] as const;

/** Return a quantity; null where this page does not hold it. */
export function quantityOf(page: Page, of: Condition['of']): Quantity | null {
  if (typeof of === 'string') return ofOutcome(page, of);
  if ('feature' in of) return ofColumn(feature(page, of.feature));
  if ('column' in of) return ofColumn(page.rows.others.find((c) => c.name === of.column));
  if ('probability' in of) return ofProbability(page, of.probability);
  return ofAttribution(page, of.attribution, of.output);
}

/** Return a column by name: of the raw features, else of the engineered ones. */
export function feature(page: Page, name: string): ColumnData | undefined {
  for (const view of page.views) {
    const found = view.columns.find((column) => column.name === name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Return a column as a quantity; null where it has no cells. */
export function ofColumn(column: ColumnData | undefined): Quantity | null {
  return column === undefined || column.absent !== undefined ? null : column;
}

function labelled(
  name: string,
  values: readonly string[],
  number: (row: number) => number,
): Quantity {
  return { name, values, number, show: (code) => values[code] ?? MISSING };
}

function measured(name: string, number: (row: number) => number): Quantity {
  return {
    name,
    values: [],
    number,
    show: (x) => (Number.isNaN(x) ? MISSING : numberText(x)),
  };
}

function ofOutcome(page: Page, of: string): Quantity | null {
  const { rows } = page;
  const classes = page.payload.classes;
  const both = rows.hasActual && rows.hasPredicted;
  switch (of) {
    case 'id':
      return rows.ids;
    case 'predicted':
      if (!rows.hasPredicted) return null;
      return classes === null
        ? measured('Prediction', rows.predicted)
        : labelled('Predicted class', classes, rows.predicted);
    case 'actual':
      if (!rows.hasActual) return null;
      return classes === null
        ? measured('Observed value', rows.actual)
        : labelled('Observed class', classes, rows.actual);
    case 'correct':
      if (!both || classes === null) return null;
      return labelled('Correct', CORRECT, (row) => {
        const actual = rows.actual(row);
        return Number.isNaN(actual) ? Number.NaN : Number(actual === rows.predicted(row));
      });
    case 'error':
      if (!both || classes?.length !== 2) return null;
      return labelled('Kind of error', ERRORS, (row) => 2 * rows.actual(row) + rows.predicted(row));
    case 'residual':
      if (!both || classes !== null) return null;
      return measured('Residual', (row) => rows.actual(row) - rows.predicted(row));
    case 'absolute residual':
      if (!both || classes !== null) return null;
      return measured('|Residual|', (row) => Math.abs(rows.actual(row) - rows.predicted(row)));
    default:
      return null;
  }
}

function ofProbability(page: Page, label: string): Quantity | null {
  const number = page.payload.classes?.indexOf(label) ?? -1;
  if (number < 0 || !page.rows.hasProbabilities) return null;
  return measured(`Probability of ${label}`, (row) => page.rows.probability(number, row));
}

function ofAttribution(page: Page, name: string, output: string | undefined): Quantity | null {
  for (const view of page.views) {
    const position = view.spec.features.indexOf(name);
    if (position < 0 || view.local === null) continue;
    const { outputs, mirrored } = view.spec;
    const at = output === undefined ? outputs.length - 1 : outputs.indexOf(output);
    const sign = mirrored && output !== undefined && at < 0 ? -1 : 1;
    const values = view.local.column(Math.max(at, 0), position);
    if (values === null) continue;
    return measured(`Importance of ${name}`, (row) => sign * values[row]);
  }
  return null;
}
