/** Any quantity of the rows by cohort, and by another quantity: boxes, violins, histograms. */

import { ofPlace, type SubjectKind, subjectsOf } from '../../cohorts/subjects.ts';
import type { Page } from '../../payload/page.ts';
import type { Condition, Filter } from '../../payload/types.ts';
import type { CohortRows } from '../../state/cohorts.ts';
import { testOf } from '../../state/filters.ts';
import { type Quantity, quantityOf } from '../../state/quantities.ts';
import { quantile } from '../../stats/summary.ts';
import { strings } from './strings.ts';

/** A quantity that a reader chooses by its key. */
export interface Choice {
  readonly key: string;
  readonly label: string;
  readonly group: string;
  readonly of: Condition['of'];
}

/** A condition on rows that a reader chooses by its key. */
interface Restriction {
  readonly key: string;
  readonly label: string;
  readonly group: string;
  readonly filter: Filter;
}

const GROUPS: readonly SubjectKind[] = [
  'probability',
  'predicted',
  'actual',
  'residual',
  'absolute residual',
  'correct',
  'error',
  'feature',
  'column',
];

const known = new WeakMap<Page, readonly Choice[]>();

/** Return the quantities rows can be drawn and split by: predictions first. */
export function quantities(page: Page): readonly Choice[] {
  const found = known.get(page) ?? made(page);
  known.set(page, found);
  return found;
}

function made(page: Page): readonly Choice[] {
  const subjects = subjectsOf(page);
  return GROUPS.flatMap((kind) => {
    const subject = subjects.find((one) => one.kind === kind);
    if (subject === undefined) return [];
    const members = subject.members.length === 0 ? [''] : subject.members;
    return members.flatMap((member) => choiceOf(page, kind, member, subject.label));
  });
}

/** Two ways to say the same have the same key. */
function keyOf(said: Condition['of'] | Filter): string {
  return JSON.stringify(said);
}

function choiceOf(page: Page, kind: SubjectKind, member: string, group: string): Choice[] {
  const of = ofPlace(kind, member);
  const quantity = quantityOf(page, of);
  return quantity === null ? [] : [{ key: keyOf(of), label: quantity.name, group, of }];
}

/** Return what is shown first: the probability of one class, or the prediction. */
export function firstKey(page: Page, output: number | 'all'): string {
  const { classes } = page.payload;
  if (classes === null || !page.rows.hasProbabilities) return keyOf('predicted');
  if (output === 'all' && classes.length > 2) return keyOf('predicted');
  const cls = output === 'all' ? 1 : output;
  return keyOf({ probability: classes[cls] ?? classes[0] });
}

/** Return the quantity of a key; null where the page does not hold it. */
export function quantityOfKey(page: Page, key: string): Quantity | null {
  const of = quantities(page).find((choice) => choice.key === key)?.of;
  return of === undefined ? null : quantityOf(page, of);
}

/** Labels of a quantity are drawn, or offered as a choice of rows, up to so many. */
export const MOST_LABELS = 12;
const MOST_FILTERS = 120;

/** Return conditions a reader can restrict the rows to. */
export function restrictions(page: Page): readonly Restriction[] {
  const found: Restriction[] = [];
  for (const { of } of quantities(page)) {
    const quantity = quantityOf(page, of);
    if (quantity === null || quantity.values.length === 0) continue;
    if (quantity.values.length > MOST_LABELS) continue;
    for (const label of quantity.values) {
      const filter: Condition = { of, is: 'in', value: [label] };
      found.push({ key: keyOf(filter), label, group: quantity.name, filter });
    }
  }
  return found.slice(0, MOST_FILTERS);
}

/** Return groups with only the rows that meet a restriction. */
export function restricted(
  page: Page,
  groups: readonly CohortRows[],
  key: string,
): readonly CohortRows[] {
  const chosen = restrictions(page).find((one) => one.key === key);
  if (chosen === undefined) return groups;
  const test = testOf(page, chosen.filter);
  return groups.map((group) => ({ ...group, rows: group.rows.filter(test) }));
}

/** Rows of the same place of the quantity that splits them. */
export interface Slot {
  readonly label: string;
  readonly holds: (row: number) => boolean;
}

/** As many places as are drawn under each other. */
export const MOST_SLOTS = 12;
const PARTS = 4;

/** Return the places of a quantity: labels, the most frequent where they are many, or quarters. */
export function slotsOf(
  quantity: Quantity,
  rows: Uint32Array,
  most: number,
): { readonly slots: readonly Slot[]; readonly left: number } {
  if (quantity.values.length > 0) return ofLabels(quantity, rows, most);
  const sorted = Float64Array.from(rows, quantity.number)
    .filter((value) => !Number.isNaN(value))
    .sort();
  const ends = new Set<number>();
  for (let i = 0; i <= PARTS; i++) ends.add(quantile(sorted, i / PARTS));
  const edges = [...ends];
  const slots: Slot[] = [];
  for (let i = 0; i + 1 < edges.length; i++) {
    const [low, high] = [edges[i], edges[i + 1]];
    const last = i + 2 === edges.length;
    slots.push({
      label: strings.quarter(quantity.show(low), quantity.show(high)),
      holds: (row) => {
        const value = quantity.number(row);
        return value >= low && (last ? value <= high : value < high);
      },
    });
  }
  if (slots.length === 0 && sorted.length > 0) {
    slots.push({
      label: quantity.show(sorted[0]),
      holds: (row) => quantity.number(row) === sorted[0],
    });
  }
  if (sorted.length < rows.length) slots.push(missingSlot(quantity));
  return { slots, left: 0 };
}

function missingSlot(quantity: Quantity): Slot {
  return { label: strings.missing, holds: (row) => Number.isNaN(quantity.number(row)) };
}

function ofLabels(
  quantity: Quantity,
  rows: Uint32Array,
  most: number,
): { readonly slots: readonly Slot[]; readonly left: number } {
  const counts = new Float64Array(quantity.values.length);
  let missing = 0;
  for (const row of rows) {
    const code = quantity.number(row);
    if (Number.isNaN(code)) missing++;
    else counts[code]++;
  }
  const used = Array.from(counts.keys()).filter((code) => counts[code] > 0);
  const kept = [...used]
    .sort((a, b) => counts[b] - counts[a])
    .slice(0, most)
    .sort((a, b) => a - b);
  const slots: Slot[] = kept.map((code) => ({
    label: quantity.values[code],
    holds: (row) => quantity.number(row) === code,
  }));
  if (missing > 0) slots.push(missingSlot(quantity));
  return { slots, left: used.length - kept.length };
}

/** Return the values of a quantity in rows, without the missing ones. */
export function valuesOf(quantity: Quantity, rows: Uint32Array): Float64Array {
  return Float64Array.from(rows, quantity.number).filter((value) => Number.isFinite(value));
}

/** Return how many rows have each label; the last count is that of the missing. */
export function labelCounts(quantity: Quantity, rows: Uint32Array): Float64Array {
  const size = quantity.values.length;
  const counts = new Float64Array(size + 1);
  for (const row of rows) {
    const code = quantity.number(row);
    counts[Number.isNaN(code) ? size : code]++;
  }
  return counts;
}
