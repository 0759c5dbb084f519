/** Filters of rows: which rows meet one, and how it reads. */

import type { Page } from '../payload/page.ts';
import type { Condition, Filter } from '../payload/types.ts';
import { where } from '../stats/rows.ts';
import { type Quantity, quantityOf } from './quantities.ts';
import { strings } from './strings.ts';

/** A filter that cannot be applied to this page, in words for its reader. */
export class UnusableFilter extends Error {}

const COMPARISONS: readonly Condition['is'][] = ['<', '<=', '>', '>=', 'between'];

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
    throw new UnusableFilter(strings.notHeld(nameOf(condition)));
  }
  const number = quantity.number;
  if (quantity.values.length > 0 && COMPARISONS.includes(condition.is)) {
    throw new UnusableFilter(strings.noOrder(quantity.name));
  }
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
  const found = wanted.map((value) => codeOf(quantity, condition.of, value));
  const unknown = wanted.filter((_, i) => Number.isNaN(found[i]));
  // The rows of a page may be a sample: an id that is not there is no mistake.
  if (unknown.length > 0 && condition.of !== 'id') {
    throw new UnusableFilter(
      quantity.values.length > 0
        ? strings.noSuchLabel(quantity.name, unknown.map(String))
        : strings.notNumbers(quantity.name),
    );
  }
  const codes = new Set(found.filter((code) => !Number.isNaN(code)));
  return (row) => codes.has(quantity.number(row));
}

const TRUTHS = ['False', 'True'];

/** Return the code of a label, or the number a value is; NaN where it is neither. */
function codeOf({ values }: Quantity, of: Condition['of'], value: Value): number {
  if (values.length === 0) {
    return typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value);
  }
  const code = values.indexOf(String(value));
  if (code >= 0) return code;
  if (typeof value === 'boolean') {
    // Whether a prediction is correct is a truth value, too.
    const truth = of === 'correct' ? Number(value) : values.indexOf(TRUTHS[Number(value)]);
    return truth >= 0 ? truth : Number.NaN;
  }
  const isTruth = TRUTHS.every((label, i) => values[i] === label);
  return isTruth && (value === 0 || value === 1) ? value : Number.NaN;
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
    quantity === null ? String(value) : told(quantity, filter.of, value);
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

function told(quantity: Quantity, of: Condition['of'], value: Value): string {
  if (quantity.values.length === 0) {
    return typeof value === 'number' ? quantity.show(value) : String(value);
  }
  return quantity.values[codeOf(quantity, of, value)] ?? String(value);
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
  if ('probability' in of) return `the probability of ${of.probability}`;
  const { attribution, output } = of;
  return `importance of ${attribution}${output === undefined ? '' : ` for ${output}`}`;
}
