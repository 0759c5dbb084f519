/** Ends, quantiles, means and spreads against values worked out by hand. */

import { expect, test } from 'vitest';
import {
  deviation,
  extentOf,
  largestFirst,
  mean,
  quantile,
  someOf,
  sortedFinite,
} from './summary.ts';

test('quantiles are linear between neighbours, and exact where the ends are equal', () => {
  const sorted = sortedFinite([4, Number.NaN, 1, 2, Number.POSITIVE_INFINITY]);
  expect([...sorted]).toEqual([1, 2, 4]);
  expect(quantile(sorted, 0.5)).toBe(2);
  expect(quantile(sorted, 0.75)).toBe(3);
  expect(quantile([0.1, 0.1, 0.1], 0.3)).toBe(0.1);
  expect(quantile([], 0.5)).toBeNaN();
});

test('mean and deviation; numbers as large as times keep their digits', () => {
  expect(mean([1, 2, 6])).toBe(3);
  expect(mean([])).toBeNaN();
  expect(deviation([1, Number.NaN, 3])).toBe(1);
  expect(deviation([1.7e12 + 1, 1.7e12 + 3])).toBe(1);
  expect(deviation([5])).toBe(0);
});

test('ends are of finite numbers', () => {
  expect(extentOf([])).toEqual([0, 1]);
  expect(extentOf([Number.NaN, 3, Number.POSITIVE_INFINITY], [-1])).toEqual([-1, 3]);
});

test('the largest come first, unknown ones as 0', () => {
  expect(largestFirst([-1, Number.NaN, 3, 0])).toEqual([2, 1, 3, 0]);
});

test('some of many are taken evenly', () => {
  expect(someOf([5, 6, 7, 8], 2)).toEqual([5, 7]);
  expect(someOf(Uint32Array.of(5), 2)).toEqual([5]);
});
