/** What conditions, axes and colours read of a row: one name, one number per row. */

import type { ColumnData } from '../payload/columns.ts';
import { MISSING } from '../payload/columns.ts';
import type { Page, ViewData } from '../payload/page.ts';
import type { Condition } from '../payload/types.ts';
import { number as numberText } from '../text/numbers.ts';
import { placeOf } from './attributions.ts';
import { figuredTarget, keeping, outputsOf } from './outputs.ts';
import { strings } from './strings.ts';
import { unitOf } from './units.ts';

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
const ERRORS = ['true negative', 'false positive', 'false negative', 'true positive'] as const;

/** Labels of whether a prediction is the observed class. */
const CORRECT = ['wrong', 'correct'] as const;

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
  const named = (name: string): string => strings.ofTarget(name, figuredTarget(page));
  switch (of) {
    case 'id':
      return rows.ids;
    case 'predicted':
      if (!rows.hasPredicted) return null;
      return classes === null
        ? measured(named(strings.prediction), rows.predicted)
        : labelled(strings.predictedClass, classes, rows.predicted);
    case 'actual':
      if (!rows.hasActual) return null;
      return classes === null
        ? measured(named(strings.observedValue), rows.actual)
        : labelled(strings.observedClass, classes, rows.actual);
    case 'correct':
      if (!both || classes === null) return null;
      return labelled(strings.correct, CORRECT, (row) => {
        const actual = rows.actual(row);
        return Number.isNaN(actual) ? Number.NaN : Number(actual === rows.predicted(row));
      });
    case 'error':
      if (!both || classes?.length !== 2) return null;
      return labelled(strings.error, ERRORS, (row) => 2 * rows.actual(row) + rows.predicted(row));
    case 'residual':
      if (!both || classes !== null) return null;
      return measured(named(strings.residual), (row) => rows.actual(row) - rows.predicted(row));
    case 'absolute residual':
      if (!both || classes !== null) return null;
      return measured(named(strings.absoluteResidual), (row) =>
        Math.abs(rows.actual(row) - rows.predicted(row)),
      );
    default:
      return null;
  }
}

function ofProbability(page: Page, label: string): Quantity | null {
  const number = page.payload.classes?.indexOf(label) ?? -1;
  if (number < 0 || !page.rows.hasProbabilities) return null;
  return measured(strings.probabilityOf(label), (row) => page.rows.probability(number, row));
}

function ofAttribution(page: Page, name: string, output: string | undefined): Quantity | null {
  const view = keeping(page, name);
  if (view === undefined) return null;
  const outputs = outputsOf(page, view);
  // Without a name the last one is meant: the second of two classes.
  const at =
    output === undefined ? Math.max(0, outputs.length - 1) : placeOfOutput(view, outputs, output);
  if (at < 0) return null;
  const place = placeOf(view, at);
  const values = view.local?.column(place.output, view.spec.features.indexOf(name)) ?? null;
  if (values === null) return null;
  const unit = view.spec.space === null ? null : unitOf(view.spec.space);
  const label = outputs.length > 0 ? outputs[at] : null;
  return measured(strings.importanceOf(name, label, unit), (row) => place.sign * values[row]);
}

function placeOfOutput(view: ViewData, outputs: readonly string[], output: string): number {
  return outputs.length > 0 ? outputs.indexOf(output) : view.spec.outputs.indexOf(output);
}
