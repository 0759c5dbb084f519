/** Single rows: what adds up to their output, and which rows near them came out otherwise. */

import type { Step } from '../../charts/types.ts';
import { type ColumnData, isLabelled } from '../../payload/columns.ts';
import type { Page, ViewData } from '../../payload/page.ts';
import {
  type Attributions,
  attributionsOf,
  canRescale,
  type Scale,
} from '../../state/attributions.ts';
import { figuredTarget } from '../../state/outputs.ts';
import { unitOf } from '../../state/units.ts';
import { everyRow } from '../../stats/rows.ts';
import { deviation } from '../../stats/summary.ts';

/** Features of the largest contributions to some rows, largest first. */
export function largestOf(
  view: ViewData,
  values: Attributions,
  rows: readonly number[],
  most: number,
): number[] {
  const kept = view.local?.kept ?? [];
  const size = (feature: number) =>
    Math.max(0, ...rows.map((row) => Math.abs(values.value(feature, row)) || 0));
  const sizes = new Map(kept.map((feature) => [feature, size(feature)]));
  return [...kept]
    .sort((a, b) => (sizes.get(b) ?? 0) - (sizes.get(a) ?? 0) || a - b)
    .slice(0, most);
}

/** Steps from the base value to the output; all that is not shown is one step at the end. */
export function stepsOf(
  view: ViewData,
  values: Attributions,
  row: number,
  shown: readonly number[],
  others: (count: number) => string,
): Step[] {
  const steps: Step[] = shown.map((feature) => ({
    label: view.spec.features[feature],
    value: values.value(feature, row) || 0,
    ...(view.columns[feature].absent === undefined
      ? { detail: view.columns[feature].text(row) }
      : {}),
  }));
  const hidden = view.spec.features.length - shown.length + (view.spec.globals.leftOut ?? 0);
  if (hidden <= 0) return steps;
  const part = steps.reduce((sum, step) => sum + step.value, 0);
  const value = values.sum(row) - values.base - part;
  return [...steps, { label: others(hidden), value, rest: true }];
}

/** What the model itself said of a row, beside what its attributions add up to. */
export interface Own {
  /** The model's own output. */
  readonly output: number;
  /** Base value plus attributions, in the unit of the output. */
  readonly sum: number;
  /** Whether that is another unit than theirs. */
  readonly converted: boolean;
  /** Output less sum. */
  readonly residual: number;
  readonly unit: string;
}

/**
 * Return the model's own output of a row beside base value plus attributions; null where the page
 * cannot tell one in the unit of the other.
 */
export function ownOutput(
  page: Page,
  view: ViewData,
  output: number,
  scale: Scale,
  row: number,
): Own | null {
  const values = attributionsOf(view, output, scale);
  if (values === null || !view.spec.additive) return null;
  const sum = values.sum(row);
  const made = inUnit(page, view, output, scale, row, sum);
  if (made === null || Number.isNaN(made.output)) return null;
  const converted = made.sum !== sum;
  return { ...made, converted, residual: made.output - made.sum };
}

function inUnit(
  page: Page,
  view: ViewData,
  output: number,
  scale: Scale,
  row: number,
  sum: number,
): { readonly output: number; readonly sum: number; readonly unit: string } | null {
  const { rows, payload } = page;
  const { space } = view.spec;
  if (payload.classes === null) {
    // A link (such as exp) may lie between the margin and the value.
    if (!isHeld(page, output) || !rows.hasPredicted || space !== 'raw') return null;
    return { output: rows.predicted(row), sum, unit: unitOf(space) };
  }
  if (!rows.hasProbabilities) return null;
  const own = rows.probability(output, row);
  if (space === 'probability' || (scale === 'probability' && canRescale(view))) {
    return { output: own, sum, unit: 'probability' };
  }
  if (view.spec.mirrored && space === 'log-odds') {
    return { output: Math.log(own / (1 - own)), sum, unit: space };
  }
  if (!isSoftmax(page, view)) return null;
  return { output: own, sum: softmaxOf(page, view, row)[output], unit: 'probability' };
}

/** Whether predictions and outcomes of the rows are of the output that is looked at. */
export function isHeld(page: Page, output: number): boolean {
  return figuredTarget(page) === null || output === 0;
}

const CHECKED = 20;
const NEAR = 0.01;
const softmaxes = new WeakMap<ViewData, boolean>();

/** Whether the softmax of the outputs gives the model's probabilities: some have other links. */
function isSoftmax(page: Page, view: ViewData): boolean {
  const known = softmaxes.get(view);
  if (known !== undefined) return known;
  const count = Math.min(CHECKED, page.rows.count);
  const found = Array.from({ length: count }, (_, row) => row).every((row) =>
    softmaxOf(page, view, row).every(
      (share, cls) => Math.abs(share - page.rows.probability(cls, row)) < NEAR,
    ),
  );
  softmaxes.set(view, found);
  return found;
}

function softmaxOf(page: Page, view: ViewData, row: number): number[] {
  const classes = page.payload.classes ?? [];
  return softmax(classes.map((_, cls) => attributionsOf(view, cls, 'kept')?.sum(row) ?? 0));
}

function softmax(margins: readonly number[]): number[] {
  const most = Math.max(...margins);
  const powers = margins.map((margin) => Math.exp(margin - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/** A row near another one. */
export interface Neighbour {
  readonly row: number;
  /** Root of the mean squared standardised difference. */
  readonly distance: number;
  /** Features that differ, the largest standardised difference first. */
  readonly differing: readonly number[];
}

/**
 * Rows nearest to one whose outcome is another: another class, or a value at least half a standard
 * deviation of all predictions away. Numbers differ by standard deviations, labels by 1, a value
 * and a missing one by 1.
 */
export function nearestOthers(page: Page, view: ViewData, row: number, most: number): Neighbour[] {
  const differs = otherOutcome(page, row);
  if (differs === null) return [];
  const features = view.columns
    .map((_, i) => i)
    .filter((i) => view.columns[i].absent === undefined);
  if (features.length === 0) return [];
  const distances = squaredDistances(
    page.rows.count,
    features.map((i) => view.columns[i]),
    row,
  );
  const found: number[] = [];
  for (let other = 0; other < page.rows.count; other++) {
    if (other === row || !differs(other)) continue;
    const at = found.findIndex((one) => distances[one] > distances[other]);
    if (at >= 0) found.splice(at, 0, other);
    else found.push(other);
    if (found.length > most) found.pop();
  }
  return found.map((other) => ({
    row: other,
    distance: Math.sqrt(distances[other] / features.length),
    differing: differing(page, view, features, row, other),
  }));
}

/** Whether a row came out otherwise; null where that is not known. */
function otherOutcome(page: Page, row: number): ((other: number) => boolean) | null {
  const { rows } = page;
  if (!rows.hasPredicted) return null;
  const own = rows.predicted(row);
  if (page.payload.classes !== null) return (other) => rows.predicted(other) !== own;
  const half = 0.5 * deviation(Float64Array.from(everyRow(rows.count), rows.predicted));
  return (other) => Math.abs(rows.predicted(other) - own) >= half && half > 0;
}

function squaredDistances(
  count: number,
  columns: readonly ColumnData[],
  row: number,
): Float64Array {
  const sums = new Float64Array(count);
  for (const column of columns) {
    const own = column.number(row);
    const difference = differenceOf(column, count);
    for (let other = 0; other < count; other++) {
      sums[other] += difference(own, column.number(other)) ** 2;
    }
  }
  return sums;
}

const scales = new WeakMap<ColumnData, number>();

/** Standardised difference of two cells of a column. */
export function differenceOf(column: ColumnData, count: number): (a: number, b: number) => number {
  const labelled = isLabelled(column);
  const known =
    scales.get(column) ??
    (labelled ? 1 : deviation(Float64Array.from(everyRow(count), column.number)));
  scales.set(column, known);
  return (a, b) => {
    if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) === Number.isNaN(b) ? 0 : 1;
    if (labelled) return a === b ? 0 : 1;
    return known > 0 ? Math.abs(a - b) / known : 0;
  };
}

function differing(
  page: Page,
  view: ViewData,
  features: readonly number[],
  row: number,
  other: number,
): number[] {
  const sizes = new Map(
    features.map((feature) => {
      const column = view.columns[feature];
      const difference = differenceOf(column, page.rows.count)(
        column.number(row),
        column.number(other),
      );
      return [feature, difference] as const;
    }),
  );
  return features
    .filter((feature) => (sizes.get(feature) ?? 0) > 0)
    .sort((a, b) => (sizes.get(b) ?? 0) - (sizes.get(a) ?? 0));
}
