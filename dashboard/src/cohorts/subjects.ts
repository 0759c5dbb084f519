/** What a condition can be about on this page: kinds, and the members of each. */

import type { Page } from '../payload/page.ts';
import type { Condition } from '../payload/types.ts';
import { keeping, outputsOf } from '../state/outputs.ts';
import { feature, type Quantity, quantityOf } from '../state/quantities.ts';
import { strings } from './strings.ts';

export type Of = Condition['of'];

/** What a condition is about, before its member is chosen. */
export type SubjectKind =
  | 'feature'
  | 'column'
  | 'predicted'
  | 'probability'
  | 'actual'
  | 'error'
  | 'correct'
  | 'residual'
  | 'absolute residual'
  | 'id'
  | 'attribution';

export interface Subject {
  readonly kind: SubjectKind;
  readonly label: string;
  /** Names to choose from; empty where the kind is one quantity. */
  readonly members: readonly string[];
}

/** How cells of a quantity are told apart. */
export type Nature = 'number' | 'time' | 'label' | 'id';

/** Return what this page can be filtered by. */
export function subjectsOf(page: Page): readonly Subject[] {
  // Of your own columns where they are there; conditions on made ones come from elsewhere.
  const [view] = page.views;
  const features = view.columns.filter((column) => column.absent === undefined);
  const kept = page.views.find((one) => one.local !== null);
  const columns = page.rows.others.filter((column) => column.absent === undefined);
  const members: Partial<Record<SubjectKind, readonly string[]>> = {
    feature: features.map((column) => column.name),
    column: columns.map((column) => column.name),
    probability: page.rows.hasProbabilities ? (page.payload.classes ?? []) : [],
    attribution: kept?.local?.kept.map((at) => kept.spec.features[at]) ?? [],
  };
  const kinds = Object.keys(strings.subjects) as SubjectKind[];
  return kinds
    .map((kind) => ({ kind, label: strings.subjects[kind], members: members[kind] ?? [] }))
    .filter(({ kind, members: names }) =>
      kind in members ? names.length > 0 : quantityOf(page, kind as Of) !== null,
    );
}

/** Return the kind and the member a condition is about. */
export function placeOf(of: Of): {
  readonly kind: SubjectKind;
  readonly member: string;
  readonly output?: string;
} {
  if (typeof of === 'string') return { kind: of, member: '' };
  if ('feature' in of) return { kind: 'feature', member: of.feature };
  if ('column' in of) return { kind: 'column', member: of.column };
  if ('probability' in of) return { kind: 'probability', member: of.probability };
  const { attribution: member, output } = of;
  return { kind: 'attribution', member, ...(output === undefined ? {} : { output }) };
}

/** Return what a condition is about; the output of an attribution is kept where it was told. */
export function ofPlace(kind: SubjectKind, member: string, output?: string): Of {
  switch (kind) {
    case 'feature':
      return { feature: member };
    case 'column':
      return { column: member };
    case 'probability':
      return { probability: member };
    case 'attribution':
      return output === undefined ? { attribution: member } : { attribution: member, output };
    default:
      return kind;
  }
}

/** Names of classes or targets a condition on an importance is of; none where there is one value. */
export function outputsFor(page: Page, member: string): readonly string[] {
  const view = keeping(page, member);
  return view === undefined ? [] : outputsOf(page, view);
}

/**
 * Return what a condition on a member is about. An importance is of the class or target that was
 * chosen, else of the one that is looked at: always told by name where there are several.
 */
export function chosenOf(
  page: Page,
  kind: SubjectKind,
  member: string,
  output: string | undefined,
  looked: number | 'all',
): Of {
  const outputs = kind === 'attribution' ? outputsFor(page, member) : [];
  if (outputs.length === 0) return ofPlace(kind, member);
  const isThere = output !== undefined && outputs.includes(output);
  const own = looked === 'all' ? outputs.length - 1 : Math.min(looked, outputs.length - 1);
  return ofPlace(kind, member, isThere ? output : outputs[own]);
}

/** Return how the values of a quantity are told apart. */
export function natureOf(page: Page, of: Of): Nature {
  const quantity = quantityOf(page, of);
  if (of === 'id') return 'id';
  if (quantity !== null && quantity.values.length > 0) return 'label';
  return typeOf(page, of) === 'time' ? 'time' : 'number';
}

function typeOf(page: Page, of: Of): string | undefined {
  if (typeof of === 'string') return undefined;
  if ('feature' in of) return feature(page, of.feature)?.type;
  if ('column' in of) return page.rows.others.find((column) => column.name === of.column)?.type;
  return undefined;
}

/** Counts of a quantity over the rows of the page. */
export interface Spread {
  /** Of a magnitude: smallest and largest value; NaN where there is none. */
  readonly low: number;
  readonly high: number;
  /** Bins of equal width of a magnitude, or one per label. */
  readonly counts: Uint32Array;
  readonly missing: number;
}

/** Bins of the small picture beside a number. */
export const BINS = 32;

/** Return how a quantity's values are spread. */
export function spreadOf(quantity: Quantity, rows: number): Spread {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let missing = 0;
  for (let row = 0; row < rows; row++) {
    const value = quantity.number(row);
    if (Number.isNaN(value)) missing++;
    else {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  const isLabel = quantity.values.length > 0;
  const counts = new Uint32Array(isLabel ? quantity.values.length : BINS);
  const width = high > low ? (high - low) / BINS : 1;
  for (let row = 0; row < rows; row++) {
    const value = quantity.number(row);
    if (Number.isNaN(value)) continue;
    counts[isLabel ? value : Math.min(BINS - 1, Math.floor((value - low) / width))]++;
  }
  const none = missing === rows;
  return { low: none ? Number.NaN : low, high: none ? Number.NaN : high, counts, missing };
}

/** Return the condition a reader starts from when a subject is chosen. */
export function startOf(page: Page, of: Of): Condition {
  const quantity = quantityOf(page, of);
  if (of === 'id') return { of, is: 'in', value: [] };
  if (quantity === null) return { of, is: 'present' };
  if (quantity.values.length > 0) return { of, is: 'in', value: [] };
  const spread = spreadOf(quantity, page.rows.count);
  if (Number.isNaN(spread.low)) return { of, is: 'missing' };
  const range = isTime(page, of)
    ? [spread.low, spread.high]
    : [outward(spread.low, -1), outward(spread.high, 1)];
  return { of, is: 'between', value: range };
}

function isTime(page: Page, of: Of): boolean {
  return natureOf(page, of) === 'time';
}

/** A number of four digits that is not inside of it, so that fields are short and lose no row. */
function outward(value: number, way: 1 | -1): number {
  const near = Number(value.toPrecision(4));
  if (way * (near - value) >= 0) return near;
  const step = 10 ** (Math.floor(Math.log10(Math.abs(value))) - 3);
  return Number((near + way * step).toPrecision(4));
}
