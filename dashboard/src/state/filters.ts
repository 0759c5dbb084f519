/** Filters of rows: which rows meet one, and how it reads. */

import type { Page } from '../payload/page.ts';
import type { Condition, Filter } from '../payload/types.ts';
import { type Quantity, quantityOf } from './quantities.ts';
import { where } from './rows.ts';

/** A filter that cannot be applied to this page, in words for its reader. */
export class UnusableFilter extends Error {}

type Test = (row: number) => boolean;

/** Return the rows that meet a filter, ascending. */
export function matching(page: Page, filter: Filter): Uint32Array {
  return where(page.rows.count, testOf(page, filter));
}

/** Return whether a row meets a filter, as a function. */
export function testOf(page: Page, filter: Filter): Test {
  if ('all' in filter) {
    const tests = filter.all.map((part) => testOf(page, part));
    return (row) => tests.every((test) => test(row));
  }
  if ('any' in filter) {
    const tests = filter.any.map((part) => testOf(page, part));
    return (row) => tests.some((test) => test(row));
  }
  if ('not' in filter) {
    const test = testOf(page, filter.not);
    return (row) => !test(row);
  }
  return ofCondition(page, filter);
}

function ofCondition(page: Page, condition: Condition): Test {
  const quantity = quantityOf(page, condition.of);
  if (quantity === null) {
    throw new UnusableFilter(`This page does not hold ${nameOf(condition)}.`);
  }
  const number = quantity.number;
  switch (condition.is) {
    case 'missing':
      return (row) => Number.isNaN(number(row));
    case 'present':
      return (row) => !Number.isNaN(number(row));
    case 'in':
      return amongst(quantity, condition);
    case 'not in': {
      const among = amongst(quantity, condition);
      return (row) => !among(row);
    }
    case 'between': {
      const [low, high] = bounds(condition);
      return (row) => number(row) >= low && number(row) <= high;
    }
    default:
      return compared(number, condition.is, single(condition));
  }
}

function compared(number: (row: number) => number, is: Condition['is'], bound: number): Test {
  switch (is) {
    case '<':
      return (row) => number(row) < bound;
    case '<=':
      return (row) => number(row) <= bound;
    case '>':
      return (row) => number(row) > bound;
    case '>=':
      return (row) => number(row) >= bound;
    default:
      throw new UnusableFilter(`There is no comparison "${is}".`);
  }
}

/** Labels are compared by name, numbers as numbers. */
function amongst(quantity: Quantity, condition: Condition): Test {
  const wanted = listed(condition.value);
  const labels = new Map(quantity.values.map((label, code) => [label, code]));
  const codes = new Set<number | undefined>(
    labels.size > 0 ? wanted.map((value) => labels.get(String(value))) : wanted.map(Number),
  );
  return (row) => codes.has(quantity.number(row));
}

type Value = number | string | boolean;

function listed(value: Condition['value']): readonly Value[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly Value[]) : [value as Value];
}

function single(condition: Condition): number {
  const [value] = listed(condition.value);
  const bound = Number(value);
  if (value === undefined || Number.isNaN(bound)) {
    throw new UnusableFilter(`"${condition.is}" needs a number.`);
  }
  return bound;
}

function bounds(condition: Condition): readonly [number, number] {
  const [low, high] = listed(condition.value).map(Number);
  if (low === undefined || high === undefined || Number.isNaN(low) || Number.isNaN(high)) {
    throw new UnusableFilter('"between" needs two numbers.');
  }
  return [Math.min(low, high), Math.max(low, high)];
}

/** Return a filter in words. */
export function described(page: Page, filter: Filter): string {
  if ('all' in filter) return joined(page, filter.all, ' and ', 'all rows');
  if ('any' in filter) return joined(page, filter.any, ' or ', 'no row');
  if ('not' in filter) return `not (${described(page, filter.not)})`;
  const quantity = quantityOf(page, filter.of);
  const name = quantity?.name ?? nameOf(filter);
  const show = (value: Value): string =>
    typeof value === 'number' && quantity !== null && quantity.values.length === 0
      ? quantity.show(value)
      : String(value);
  const values = listed(filter.value);
  switch (filter.is) {
    case 'missing':
    case 'present':
      return `${name} is ${filter.is}`;
    case 'between':
      return `${name} from ${values.map(show).join(' to ')}`;
    case 'in':
    case 'not in':
      return `${name} ${filter.is === 'in' ? 'is' : 'is not'} ${shortList(values.map(show))}`;
    default:
      return `${name} ${filter.is} ${values.map(show).join(', ')}`;
  }
}

function joined(page: Page, parts: readonly Filter[], word: string, none: string): string {
  if (parts.length === 0) return none;
  const texts = parts.map((part) => {
    const text = described(page, part);
    return ('all' in part || 'any' in part) && parts.length > 1 ? `(${text})` : text;
  });
  return texts.join(word);
}

const SHOWN = 4;

function shortList(texts: readonly string[]): string {
  if (texts.length <= SHOWN) return texts.join(', ');
  return `${texts.slice(0, SHOWN).join(', ')} and ${texts.length - SHOWN} more`;
}

function nameOf(condition: Condition): string {
  const { of } = condition;
  if (typeof of === 'string') return of;
  if ('feature' in of) return of.feature;
  if ('column' in of) return of.column;
  return 'probability' in of
    ? `the probability of ${of.probability}`
    : `importance of ${of.attribution}`;
}
