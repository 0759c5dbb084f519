/** Tests of what counts as a flip, of a model and of a stand-in. */

import { describe, expect, test } from 'vitest';
import type { Predictions } from '../../model/evaluator.ts';
import { type Crossing, crossedOf, isAbove } from './flipping.ts';

const two = (...yes: number[]): Predictions => ({
  count: yes.length,
  outputs: Float64Array.from(yes),
  width: 1,
  probabilities: Float64Array.from(yes.flatMap((p) => [1 - p, p])),
  classes: 2,
  values: Float64Array.from(yes, (p) => (p > 0.5 ? 1 : 0)),
});
const three = (...rows: number[][]): Predictions => ({
  count: rows.length,
  outputs: Float64Array.from(rows.flat()),
  width: 3,
  probabilities: Float64Array.from(rows.flat()),
  classes: 3,
  values: Float64Array.from(rows, (row) => row.indexOf(Math.max(...row))),
});
const values = (...all: number[]): Predictions => ({
  count: all.length,
  outputs: Float64Array.from(all),
  width: 1,
  classes: 0,
  values: Float64Array.from(all),
});

const asked: Crossing = { classifies: true, threshold: 0.5, target: 0, output: 0, least: 0 };
const flips = (how: Crossing, now: Predictions, then: Predictions): boolean[] => {
  const crossed = crossedOf(how, now);
  return Array.from({ length: then.count }, (_, row) => crossed(then, row));
};

describe('of the model itself', () => {
  test('another class flips', () => {
    expect(flips(asked, two(0.3), two(0.49, 0.5, 0.9))).toEqual([false, true, true]);
    expect(flips({ ...asked, threshold: 0.8 }, two(0.3), two(0.7, 0.8))).toEqual([false, true]);
  });

  test('a value is crossed from either side', () => {
    const cross = { ...asked, classifies: false, target: 10 };
    expect(flips(cross, values(12), values(11, 10, 3))).toEqual([false, true, true]);
    expect(flips(cross, values(8), values(10, 10.1))).toEqual([false, true]);
    expect([isAbove(cross, values(12)), isAbove(cross, values(10))]).toEqual([true, false]);
  });
});

describe('of a stand-in, only what goes past by more than its error', () => {
  test('of two classes', () => {
    const how = { ...asked, least: 0.034 };
    expect(flips(how, two(0.3), two(0.509, 0.53, 0.54))).toEqual([false, false, true]);
    expect(flips(how, two(0.7), two(0.49, 0.46))).toEqual([false, true]);
  });

  test('of several', () => {
    const how = { ...asked, least: 0.1 };
    const now = three([0.6, 0.3, 0.1]);
    const then = three([0.4, 0.5, 0.1], [0.3, 0.6, 0.1]);
    expect(flips(how, now, then)).toEqual([false, true]);
  });

  test('of values', () => {
    const how = { ...asked, classifies: false, target: 10, least: 2 };
    expect(flips(how, values(15), values(9, 8, 7.9))).toEqual([false, false, true]);
  });

  test('where no probability is known, the class alone counts', () => {
    const { probabilities: _, ...bare } = two(0.9);
    expect(flips({ ...asked, least: 0.2 }, { ...bare, values: Float64Array.of(0) }, bare)).toEqual([
      true,
    ]);
  });
});
