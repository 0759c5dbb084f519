/** Tests of filters: which rows, in which words. */

import { expect, test } from 'vitest';
import type { Condition, Filter } from '../payload/types.ts';
import { sketched } from '../testing/pages.ts';
import { described, matching, UnusableFilter } from './filters.ts';

const page = sketched({
  features: { age: [20, 30, null, 50, 60], town: ['Ulm', 'Bonn', 'Ulm', null, 'Bonn'] },
  others: { group: ['a', 'a', 'b', 'b', 'b'] },
  predicted: [0, 1, 1, 0, 1],
  actual: [0, 1, 0, 1, Number.NaN],
  probabilities: [
    [0.9, 0.2, 0.4, 0.75, 0.1],
    [0.1, 0.8, 0.6, 0.25, 0.9],
  ],
  local: [
    [
      [-1, 0.5, 1, -0.5, 2],
      [0, 0, 1, 1, 0],
    ],
  ],
});

const rows = (filter: Filter): number[] => [...matching(page, filter)];
const of = (of: Condition['of'], is: Condition['is'], value?: Condition['value']): Condition =>
  value === undefined ? { of, is } : { of, is, value };

test.each<[Condition, number[]]>([
  [of({ feature: 'age' }, '>=', 50), [3, 4]],
  [of({ feature: 'age' }, '<', 30), [0]],
  [of({ feature: 'age' }, 'between', [50, 20]), [0, 1, 3]],
  [of({ feature: 'age' }, 'missing'), [2]],
  [of({ feature: 'town' }, 'in', ['Ulm']), [0, 2]],
  [of({ feature: 'town' }, 'not in', 'Ulm'), [1, 3, 4]],
  [of({ column: 'group' }, 'in', 'a'), [0, 1]],
  [of({ attribution: 'age' }, '>', 0.5), [2, 4]],
  [of({ attribution: 'age', output: 'no' }, '>', 0.5), [0]],
  [of({ probability: 'yes' }, '>', 0.5), [1, 2, 4]],
  [of('predicted', 'in', 'yes'), [1, 2, 4]],
  [of('actual', 'in', ['no']), [0, 2]],
  [of('error', 'in', ['false positive', 'false negative']), [2, 3]],
  [of('correct', 'in', ['wrong']), [2, 3]],
  [of('id', 'in', [1, 4]), [1, 4]],
])('%j', (condition, expected) => {
  expect(rows(condition)).toEqual(expected);
});

test('filters combine', () => {
  const old = of({ feature: 'age' }, '>', 25);
  const ulm = of({ feature: 'town' }, 'in', ['Ulm']);
  expect(rows({ all: [old, ulm] })).toEqual([]);
  expect(rows({ any: [old, ulm] })).toEqual([0, 1, 2, 3, 4]);
  expect(rows({ not: old })).toEqual([0, 2]);
  expect(rows({ all: [] })).toEqual([0, 1, 2, 3, 4]);
});

test('filters read as sentences', () => {
  const filter: Filter = {
    all: [
      of({ feature: 'age' }, 'between', [20, 30]),
      { any: [of({ feature: 'town' }, 'in', ['Ulm']), of('predicted', 'in', ['yes'])] },
    ],
  };
  expect(described(page, filter)).toBe(
    'age from 20 to 30 and (town is Ulm or Predicted class is yes)',
  );
});

test('truth values meet the labels of truth values, and numbers for them', () => {
  const truths = sketched({
    features: { member: ['True', 'False', 'True'] },
    predicted: [0, 1, 1],
    actual: [0, 1, 0],
  });
  const found = (condition: Condition) => [...matching(truths, condition)];
  const member = { feature: 'member' };
  expect(found(of(member, 'in', [true]))).toEqual([0, 2]);
  expect(found(of(member, 'in', false))).toEqual([1]);
  expect(found(of(member, 'not in', [true]))).toEqual([1]);
  expect(found(of(member, 'in', [1]))).toEqual([0, 2]);
  expect(found(of('correct', 'in', [true]))).toEqual([0, 1]);
  expect(described(truths, of(member, 'in', [true]))).toBe('member is True');
});

test('labels that are not there, and comparisons of labels, are said', () => {
  expect(() => rows(of({ feature: 'town' }, 'in', ['Ulm', 'Z']))).toThrow('no value “Z”');
  expect(() => rows(of({ feature: 'town' }, 'not in', ['Z']))).toThrow(UnusableFilter);
  expect(() => rows(of({ feature: 'town' }, '>', 1))).toThrow('no order');
  expect(() => rows(of({ column: 'group' }, 'between', [0, 1]))).toThrow(UnusableFilter);
  expect(() => rows(of('predicted', '<', 1))).toThrow(UnusableFilter);
  // A word is no number: it must not be taken for the missing cell.
  expect(() => rows(of({ feature: 'age' }, 'in', ['old']))).toThrow('holds numbers');
  expect(rows(of('id', 'in', [1, 99]))).toEqual([1]);
});

test('a condition on an importance names its class and unit', () => {
  const age = { attribution: 'age' };
  expect(described(page, of(age, '>', 0.5))).toBe('Importance of age for yes (log-odds) > 0.5');
  expect(described(page, of({ ...age, output: 'no' }, '>', 0.5))).toBe(
    'Importance of age for no (log-odds) > 0.5',
  );
  expect(() => rows(of({ ...age, output: 'maybe' }, '>', 0.5))).toThrow(
    'importance of age for maybe',
  );
});

test('what the page does not hold is said', () => {
  expect(() => rows(of({ feature: 'wage' }, '>', 1))).toThrow(UnusableFilter);
  expect(() => rows(of('residual', '>', 1))).toThrow('This page does not hold residual.');
  expect(() => rows(of({ feature: 'age' }, '>', 'old'))).toThrow('needs a number');
});
