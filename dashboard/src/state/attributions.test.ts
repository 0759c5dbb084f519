/** Tests of attributions by class and unit. */

import { expect, test } from 'vitest';
import { sketched } from '../testing/pages.ts';
import { attributionsOf } from './attributions.ts';

const two = sketched({
  features: { age: [1, 2], wage: [3, 4] },
  local: [
    [
      [1, -0.5],
      [0.25, 0],
    ],
  ],
  baseValues: [0.5],
});

test('the first of two classes has the negative of the second', () => {
  const second = attributionsOf(two.views[0], 1, 'kept');
  const first = attributionsOf(two.views[0], 0, 'kept');
  expect(second?.sum(0)).toBeCloseTo(1.75, 9);
  expect(first?.sum(0)).toBeCloseTo(-1.75, 9);
  expect([...(first?.column(0) ?? [])]).toEqual([-1, 0.5]);
  expect(first?.base).toBe(-0.5);
});

test('rescaled, attributions add up to the difference of probabilities', () => {
  const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
  for (const output of [0, 1]) {
    const plain = attributionsOf(two.views[0], output, 'kept');
    const made = attributionsOf(two.views[0], output, 'probability');
    if (plain === null || made === null) throw new Error('no attributions');
    for (const row of [0, 1]) {
      expect(made.base).toBeCloseTo(logistic(plain.base), 12);
      expect(made.base + made.value(0, row) + made.value(1, row)).toBeCloseTo(
        logistic(plain.sum(row)),
        12,
      );
      expect(made.value(0, row) / plain.value(0, row)).toBeGreaterThan(0);
    }
  }
});

test('more classes keep their own, and a view without single rows none', () => {
  const three = sketched({
    features: { age: [1] },
    classes: ['a', 'b', 'c'],
    local: [[[1]], [[2]], [[-3]]],
    baseValues: [0, 1, 2],
  });
  expect(attributionsOf(three.views[0], 2, 'probability')?.sum(0)).toBe(-1);
  expect(attributionsOf(sketched({}).views[0], 0, 'kept')).toBeNull();
});
