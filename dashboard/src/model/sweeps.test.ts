/** Grids, curves and flips on a line whose answers are known. */

import { describe, expect, test } from 'vitest';
import { quantile } from '../stats/summary.ts';
import { changed, valuesOf } from './cells.ts';
import { ice, meanCurve, pairs, readerOf } from './curves.ts';
import { type Changeable, flipsOf } from './flips.ts';
import { labelGrid, numberGrid, withMissing } from './grids.ts';
import { observedOf } from './observed.ts';
import { evaluator, SOURCES } from './testing/models.ts';

const observed = SOURCES.map((source) => observedOf(source, 6));

describe('what is observed', () => {
  test('numbers', async () => {
    expect(observed[0]).toMatchObject({ minimum: 0, maximum: 4, missing: 1 });
    expect(observed[0].deviation).toBeCloseTo(Math.SQRT2, 12);
    expect(quantile(observed[0].sorted, 0.5)).toBe(2);
    expect(quantile(observed[0].sorted, 0.125)).toBe(0.5);
    expect(quantile(new Float64Array(0), 0.5)).toBeNaN();
  });

  test('labels', async () => {
    expect(observed[2]).toMatchObject({ counts: [2, 2, 1], missing: 1 });
  });

  test('a column of missing and infinite cells has no range', async () => {
    const cells = [Number.NaN, Number.POSITIVE_INFINITY];
    const source = { ...SOURCES[0], number: (row: number) => cells[row] };
    const made = observedOf(source, 2);
    expect(made.minimum).toBeNaN();
    expect(numberGrid(made, { steps: 5 })).toEqual([]);
  });

  test('deviation of large numbers keeps its digits', async () => {
    const source = { ...SOURCES[0], number: (row: number) => 1.6e12 + row };
    expect(observedOf(source, 3).deviation).toBeCloseTo(Math.sqrt(2 / 3), 9);
  });
});

describe('grids', () => {
  test('go from end to end in order, with as many steps', async () => {
    const grid = numberGrid(observed[0], { steps: 9 });
    expect(grid[0]).toBe(0);
    expect(grid.at(-1)).toBe(4);
    expect(grid.length).toBeLessThanOrEqual(9);
    expect([...grid].sort((a, b) => a - b)).toEqual(grid);
  });

  test('take other ends, whole numbers, labels, missing', async () => {
    expect(numberGrid(observed[0], { steps: 3, minimum: 10, maximum: 20 })).toEqual([10, 15, 20]);
    expect(numberGrid(observed[1], { steps: 30, whole: true })).toEqual([1, 2, 3, 4, 5, 6]);
    expect(numberGrid(observed[0], { steps: 5, minimum: 3, maximum: 3 })).toEqual([3]);
    expect(labelGrid(['red', 'green', 'blue'], observed[2])).toEqual(['red', 'green', 'blue']);
    expect(labelGrid(['red', 'green', 'blue'], observed[2], 2)).toEqual(['red', 'green']);
    expect(withMissing(['red'], true)).toEqual(['red', null]);
    expect(withMissing([1], false)).toEqual([1, Number.NaN]);
  });
});

describe('curves', () => {
  const line = evaluator({ kind: 'identity' });
  const cells = line.cellsOf([0, 2]);

  test('one per row', async () => {
    const curves = await ice(
      line,
      cells,
      { input: 0, grid: [0, 5, Number.NaN] },
      readerOf(false, 0),
    );
    expect([...curves]).toEqual([-10, -5, -8, 4, 9, 6]);
    expect([...meanCurve(curves, 3)]).toEqual([-3, 2, -1]);
  });

  test('over labels and missing', async () => {
    const curves = await ice(
      line,
      cells,
      { input: 2, grid: ['blue', 'red', null] },
      readerOf(false, 0),
    );
    expect([...curves]).toEqual([0, -10, -10, 6, -4, -4]);
  });

  test('over pairs of values, the first slowest', async () => {
    const first = { input: 0, grid: [0, 1] };
    const second = { input: 3, grid: [0, 1] };
    const grid = await pairs(line, line.cellsOf([0]), first, second, readerOf(false, 0));
    expect([...grid]).toEqual([-10, -6, -9, -5]);
  });

  test('of classes: probabilities, or margins where there are none', async () => {
    const logistic = evaluator();
    const p = logistic.predict(logistic.cellsOf([0]));
    const read = [readerOf(true, 0)(p, 0), readerOf(true, 1)(p, 0)];
    expect(read[1]).toBeCloseTo(1 / (1 + Math.exp(10)), 15);
    expect(read[0] + read[1]).toBeCloseTo(1, 15);
    const decision = evaluator({ kind: 'decision' });
    const q = decision.predict(decision.cellsOf([0]));
    expect([readerOf(true, 0)(q, 0), readerOf(true, 1)(q, 0)]).toEqual([10, -10]);
  });

  test('many rows give what few give', async () => {
    const many = line.cellsOf(Array.from({ length: 3000 }, (_, i) => i % 6));
    const curves = await ice(line, many, { input: 0, grid: [0, 1, 2, 3] }, readerOf(false, 0));
    const few = await ice(
      line,
      line.cellsOf([2999 % 6]),
      { input: 0, grid: [0, 1, 2, 3] },
      readerOf(false, 0),
    );
    expect([...curves.slice(-4)]).toEqual([...few]);
  });
});

describe('flips', () => {
  const model = evaluator();
  const features: Changeable[] = [
    { input: 0, observed: observed[0], labels: [], whole: false },
    { input: 1, observed: observed[1], labels: [], whole: true },
    { input: 2, observed: observed[2], labels: ['red', 'green', 'blue'], whole: false },
    { input: 3, observed: observed[3], labels: [0, 1], whole: false },
  ];
  const flipped = (from: number) => (p: { values: Float64Array }, row: number) =>
    p.values[row] !== from;

  test('of row 0: outputs are -10, and features move them by 4, 10, 10 and 4', async () => {
    const flips = await flipsOf(model, model.cellsOf([0]), features, flipped(0));
    // n would have to be above 6, the largest; x above 10, and is tried to 6; b adds 4 only.
    expect(flips).toEqual([
      { input: 1, value: 7, distance: expect.closeTo(6 / observed[1].deviation, 9), outside: true },
    ]);
  });

  test('of row 2: another colour, or n beyond what is observed', async () => {
    const row = model.cellsOf([2]);
    const flips = await flipsOf(model, row, features, flipped(1));
    expect(flips.map((flip) => [flip.input, flip.value, flip.outside])).toEqual([
      [2, 'red', false],
      [1, 0, true],
    ]);
    for (const flip of flips) {
      expect(model.predict(changed(row, [flip])).values[0]).toBe(0);
    }
  });

  test('the value is the smallest change, with few digits', async () => {
    // Row 1: 1 + 4 + 4 - 12 = -3, so x has to be above 4.
    const flips = await flipsOf(model, model.cellsOf([1]), features.slice(0, 1), flipped(0));
    expect(flips[0].value).toBeCloseTo(4.01, 9);
    expect(flips[0].outside).toBe(true);
    // Row 3: 3 + 8 + 4 - 12 = 3, back below 0 is x = 0: not within.
    const back = await flipsOf(model, model.cellsOf([3]), features.slice(1, 2), flipped(1));
    expect(back.map((flip) => flip.value)).toEqual([2]);
  });

  test('from a missing value the flip counts as one', async () => {
    const row = changed(model.cellsOf([5]), [{ input: 1, value: 3 }]);
    // 2 + 6 + 4 - 12 = 0 where x is missing: class 0.
    const flips = await flipsOf(model, row, features.slice(0, 1), flipped(0));
    expect(flips[0].distance).toBe(1);
    expect(Number(flips[0].value)).toBeGreaterThan(2);
  });

  test('nothing to change, nothing found', async () => {
    expect(await flipsOf(model, model.cellsOf([0]), [], flipped(0))).toEqual([]);
    expect(valuesOf(model.cellsOf([3]), 0)).toEqual([3, 4, null, 1]);
  });
});
