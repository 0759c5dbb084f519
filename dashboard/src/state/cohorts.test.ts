/** Tests of cohorts as values. */

import { expect, test } from 'vitest';
import type { Filter } from '../payload/types.ts';
import { sketched } from '../testing/pages.ts';
import {
  added,
  changed,
  compared,
  fromJson,
  keyOf,
  problemOf,
  removed,
  rowsOf,
  toJson,
} from './cohorts.ts';

const old: Filter = { of: { feature: 'age' }, is: '>=', value: 40 };
const young: Filter = { not: old };
const page = sketched({ features: { age: [20, 30, 40, 50] } });

test('cohorts are added, renamed and removed; names stay apart', () => {
  const one = added([], 'Old', old);
  const two = added(one, 'Old', young);
  expect(two.map((cohort) => cohort.name)).toEqual(['Old', 'Old (2)']);
  expect(added(two, 'All data', old)[2].name).toBe('All data (2)');
  expect(changed(two, two[1].id, { name: 'Old' })[1].name).toBe('Old (2)');
  expect(changed(two, two[0].id, { name: '  ' })[0].name).toBe('Cohort');
  expect(removed(two, one[0].id).map((cohort) => cohort.name)).toEqual(['Old (2)']);
  expect(one).toHaveLength(1);
});

test('at most three groups are compared, all rows among them unless left out', () => {
  const all = ['a', 'b', 'c'].reduce((list, name) => added(list, name, old), added([], 'd', young));
  expect(all.map((cohort) => cohort.shown)).toEqual([true, true, false, false]);
  expect(compared(page, all, true).map((group) => [group.name, group.rows.length])).toEqual([
    ['All data', 4],
    ['d', 2],
    ['a', 2],
  ]);
  expect(compared(page, all, false).map((group) => group.colour)).toEqual([0, 1]);
  expect(compared(page, [], false)[0].name).toBe('All data');
});

test('a cohort this page cannot apply has no rows, and says why', () => {
  const cohort = { name: 'x', filter: { of: { feature: 'wage' }, is: '>', value: 1 } as const };
  expect(rowsOf(page, cohort)).toHaveLength(0);
  expect(problemOf(page, cohort)).toBe('This page does not hold wage.');
  expect(problemOf(page, { name: 'old', filter: old })).toBeNull();
});

test('cohorts go through JSON, and nothing else does', () => {
  const cohorts = added(added([], 'Old', old), 'Young', young);
  expect(fromJson(toJson(cohorts))).toEqual([
    { name: 'Old', filter: old },
    { name: 'Young', filter: young },
  ]);
  expect(fromJson('{')).toMatch('not JSON');
  expect(fromJson('[{"name": 1}]')).toMatch('needs a "name"');
  expect(
    fromJson('[{"name": "a", "filter": {"of": "predicted", "is": "in", "value": [null]}}]'),
  ).toMatch('needs');
});

test('a group keeps its key when another is deleted', () => {
  const two = added(added([], 'Old', old), 'Young', young);
  const keys = (list: typeof two) => compared(page, list, true).map(keyOf);
  expect(keys(two)).toEqual([0, 1, 2]);
  expect(keys(removed(two, 1))).toEqual([0, 2]);
});
