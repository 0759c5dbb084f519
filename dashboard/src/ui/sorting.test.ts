/** Tests of the order of tables. */

import { expect, test } from 'vitest';
import { nextSort, sortedRows } from './sorting.ts';

const values = [3, Number.NaN, 1, 3, -2];
const numeric = { title: 'x', numeric: true, value: (row: number) => values[row] };
const texts = ['b10', 'b9', 'a'];

test('numbers are sorted both ways, missing ones last, equal ones as they were', () => {
  expect([...sortedRows([0, 1, 2, 3, 4], numeric, false)]).toEqual([4, 2, 0, 3, 1]);
  expect([...sortedRows([0, 1, 2, 3, 4], numeric, true)]).toEqual([0, 3, 2, 4, 1]);
});

test('texts are sorted with their numbers, among the rows given', () => {
  const column = { title: 't', value: (row: number) => texts[row] };
  expect([...sortedRows([0, 1, 2], column, false)]).toEqual([2, 1, 0]);
  expect([...sortedRows([1, 0], column, false)]).toEqual([1, 0]);
  expect([...sortedRows([2, 0], undefined, false)]).toEqual([2, 0]);
});

test('a heading goes through both orders and back to none', () => {
  const first = nextSort(null, 1, true);
  expect(first).toEqual({ column: 1, descending: true });
  const second = nextSort(first, 1, true);
  expect(second).toEqual({ column: 1, descending: false });
  expect(nextSort(second, 1, true)).toBeNull();
  expect(nextSort(first, 2, false)).toEqual({ column: 2, descending: false });
});
