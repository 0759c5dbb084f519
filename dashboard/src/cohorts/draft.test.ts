/** Tests of cohorts while they are edited. */

import { expect, test } from 'vitest';
import type { Filter } from '../payload/types.ts';
import { quantityOf } from '../state/quantities.ts';
import { sketched } from '../testing/pages.ts';
import { draftOf, filterOf, idsOf, lacking, related } from './draft.ts';
import { chosenOf, natureOf, ofPlace, placeOf, spreadOf, startOf, subjectsOf } from './subjects.ts';

const page = sketched({
  features: { age: [20, 30, null, 50, 60], town: ['Ulm', 'Bonn', 'Ulm', null, 'Bonn'] },
  others: { group: ['a', 'a', 'b', 'b', 'b'] },
  predicted: [0, 1, 1, 0, 1],
  actual: [0, 1, 0, 1, Number.NaN],
  probabilities: [
    [0.9, 0.2, 0.4, 0.75, 0.1],
    [0.1, 0.8, 0.6, 0.25, 0.9],
  ],
});

const old: Filter = { of: { feature: 'age' }, is: '>', value: 25 };
const ulm: Filter = { of: { feature: 'town' }, is: 'in', value: ['Ulm'] };

test.each<Filter>([
  old,
  { all: [old, ulm] },
  { any: [old, { all: [old, ulm] }] },
  { all: [old, { not: ulm }] },
  { all: [{ any: [old, { all: [old, ulm] }] }, ulm] },
])('a filter comes back from its draft: %j', (filter) => {
  expect(filterOf(draftOf('x', filter))).toEqual(filter);
});

test('what lies deeper than one group is kept as it is', () => {
  const draft = draftOf('x', { all: [old, { any: [old, ulm] }, { any: [{ not: old }] }] });
  expect(draft.parts.map((part) => part.kind)).toEqual(['condition', 'group', 'fixed']);
});

test('what is missing in a draft is said', () => {
  const of = (filter: Filter): string | null => lacking(page, draftOf('x', filter));
  expect(of({ all: [] })).toBe('Add a condition.');
  expect(of({ of: { feature: 'town' }, is: 'in', value: [] })).toBe(
    'Choose at least one value of town.',
  );
  expect(of({ of: 'id', is: 'in', value: [] })).toBe('Type the ids of the rows.');
  expect(of({ of: { feature: 'age' }, is: 'between', value: [1] })).toBe('Give age a number.');
  expect(of({ of: { feature: 'age' }, is: 'missing' })).toBeNull();
  expect(of({ all: [old, ulm] })).toBeNull();
});

test('a relation is changed with its value kept', () => {
  const between = { of: { feature: 'age' }, is: 'between', value: [20, 40] } as const;
  expect(related(between, '<=', [0, 99]).value).toBe(40);
  expect(related(between, '>', [0, 99]).value).toBe(20);
  expect(related({ ...between, is: '>', value: 30 }, 'between', [0, 99]).value).toEqual([30, 99]);
  expect(related({ ...between, is: '<', value: 30 }, 'between', [0, 99]).value).toEqual([0, 30]);
  expect(related(between, 'missing', [0, 99])).toEqual({ of: { feature: 'age' }, is: 'missing' });
  expect(related({ of: 'id', is: 'missing' }, 'in', [0, 9]).value).toEqual([]);
});

test('ids are read from lines and commas', () => {
  expect(idsOf('1, 2\n\n3;x', false)).toEqual([1, 2, 3]);
  expect(idsOf('a, b\n12', true)).toEqual(['a', 'b', '12']);
});

test('only what the page holds can be filtered by', () => {
  expect(subjectsOf(page).map((one) => one.kind)).toEqual([
    'feature',
    'column',
    'predicted',
    'probability',
    'actual',
    'correct',
    'error',
    'id',
  ]);
  expect(subjectsOf(page)[0].members).toEqual(['age', 'town']);
});

test('what a condition is about comes back from its place', () => {
  for (const of of [{ feature: 'age' }, { probability: 'yes' }, 'error'] as const) {
    const { kind, member } = placeOf(of);
    expect(ofPlace(kind, member)).toEqual(of);
  }
});

test('a new condition starts from all values', () => {
  expect(startOf(page, { feature: 'age' }).value).toEqual([20, 60]);
  expect(startOf(page, { feature: 'town' })).toMatchObject({ is: 'in', value: [] });
  expect(natureOf(page, 'id')).toBe('id');
  expect(natureOf(page, { feature: 'town' })).toBe('label');
});

test('ends of a range are short, and lose no row', () => {
  const exact = sketched({ features: { x: [-0.123456, 446.11562, 0.00012345678] } });
  expect(startOf(exact, { feature: 'x' }).value).toEqual([-0.1235, 446.2]);
  const small = sketched({ features: { x: [0.00012345678, 0.99999, -0.0] } });
  expect(startOf(small, { feature: 'x' }).value).toEqual([0, 1]);
});

test('spreads count labels, bins and what is missing', () => {
  const age = quantityOf(page, { feature: 'age' });
  const town = quantityOf(page, { feature: 'town' });
  if (age === null || town === null) throw new Error('the page has both');
  expect(spreadOf(age, 5)).toMatchObject({ low: 20, high: 60, missing: 1 });
  expect([...spreadOf(town, 5).counts]).toEqual([2, 2]);
});

test('an importance is of the class that is looked at, told by name', () => {
  const three = sketched({
    features: { age: [20, 30] },
    classes: ['a', 'b', 'c'],
    local: [[[-1, 1]], [[-2, 2]], [[-3, 3]]],
  });
  const of = chosenOf(three, 'attribution', 'age', undefined, 0);
  expect(of).toEqual({ attribution: 'age', output: 'a' });
  expect(startOf(three, of).value).toEqual([-1, 1]);
  expect(chosenOf(three, 'attribution', 'age', 'b', 0)).toEqual({
    attribution: 'age',
    output: 'b',
  });
  expect(chosenOf(three, 'attribution', 'age', undefined, 'all')).toHaveProperty('output', 'c');
  const [mirrored, values] = [{ classes: ['no', 'yes'] }, { local: [[[-1, 3]]] }];
  const two = sketched({ features: { age: [20, 30] }, ...mirrored, ...values });
  expect(chosenOf(two, 'attribution', 'age', undefined, 0)).toHaveProperty('output', 'no');
  const one = sketched({ features: { age: [20, 30] }, classes: null, ...values });
  expect(chosenOf(one, 'attribution', 'age', undefined, 0)).toEqual({ attribution: 'age' });
});
