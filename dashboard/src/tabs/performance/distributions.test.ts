/** Tests of distributions, and of residuals. */

import { expect, test } from 'vitest';
import { compared } from '../../state/cohorts.ts';
import { everyRow } from '../../stats/rows.ts';
import { sketched } from '../../testing/pages.ts';
import {
  firstKey,
  labelCounts,
  quantities,
  quantityOfKey,
  restricted,
  restrictions,
  slotsOf,
  valuesOf,
} from './distributions.ts';
import { countsOf, edgesOf, meanLine, meanResidual, normalPlot } from './residuals.ts';

const page = sketched({
  features: { age: [20, 30, null, 50, 60, 70], town: ['Ulm', 'Bonn', 'Ulm', null, 'Bonn', 'Ulm'] },
  predicted: [0, 1, 1, 0, 1, 1],
  actual: [0, 1, 0, 1, Number.NaN, 1],
  probabilities: [
    [0.9, 0.2, 0.4, 0.75, 0.1, 0.3],
    [0.1, 0.8, 0.6, 0.25, 0.9, 0.7],
  ],
});
const rows = everyRow(6);

function quantity(of: unknown) {
  const found = quantityOfKey(page, JSON.stringify(of));
  if (found === null) throw new Error('the page holds it');
  return found;
}

test('predictions come first, features last', () => {
  const labels = quantities(page).map(({ label }) => label);
  expect(labels[0]).toBe('Probability of no');
  expect(labels.slice(-2)).toEqual(['age', 'town']);
  expect(quantityOfKey(page, firstKey(page, 'all'))?.name).toBe('Probability of yes');
  expect(quantityOfKey(page, firstKey(page, 0))?.name).toBe('Probability of no');
  expect(quantityOfKey(page, '')).toBeNull();
});

test('rows are restricted to labels', () => {
  const wrong = restrictions(page).find(({ label }) => label === 'wrong');
  expect(wrong?.group).toBe('Correct');
  const groups = restricted(page, compared(page, [], true), wrong?.key ?? '');
  expect([...groups[0].rows]).toEqual([2, 3]);
});

test('a quantity splits rows by its labels, or by quarters', () => {
  const towns = slotsOf(quantity({ feature: 'town' }), rows, 1);
  expect(towns.slots.map(({ label }) => label)).toEqual(['Ulm', 'missing']);
  expect(towns.left).toBe(1);
  const ages = slotsOf(quantity({ feature: 'age' }), rows, 6).slots;
  expect(ages.map(({ label }) => label)).toEqual([
    '20 to 30',
    '30 to 50',
    '50 to 60',
    '60 to 70',
    'missing',
  ]);
  // Every row has one place.
  const held = Array.from(rows, (row) => ages.filter((slot) => slot.holds(row)).length);
  expect(held).toEqual([1, 1, 1, 1, 1, 1]);
});

test('values and labels are counted without the missing, or apart from them', () => {
  expect([...valuesOf(quantity({ feature: 'age' }), rows)]).toEqual([20, 30, 50, 60, 70]);
  expect([...labelCounts(quantity({ feature: 'town' }), rows)]).toEqual([2, 3, 1]);
});

test('bins hold every value once', () => {
  const edges = edgesOf(-3, 7.5, 8);
  expect(edges[0]).toBeLessThanOrEqual(-3);
  expect(edges[edges.length - 1]).toBeGreaterThanOrEqual(7.5);
  const counts = countsOf([-3, 0, 0, 7.5, Number.NaN], edges);
  expect(counts.reduce((sum, n) => sum + n, 0)).toBe(4);
  expect([...edgesOf(2, 2, 8)]).toEqual([1.5, 2.5]);
  expect(edgesOf(0, 1, 20)).toHaveLength(21);
});

test('the mean of residuals along predictions', () => {
  const xs = Float64Array.from({ length: 100 }, (_, i) => i);
  const line = meanLine(
    xs,
    xs.map((x) => 2 * x),
  );
  expect(line.xs).toHaveLength(20);
  for (const [i, x] of line.xs.entries()) expect(line.ys[i]).toBeCloseTo(2 * x, 12);
  expect(meanResidual(Float64Array.of(1, -1 + 1e-9))).toBe(0);
  expect(meanResidual(Float64Array.of(1, 0))).toBe(0.5);
});

test('normal quantiles of few and of many values', () => {
  const few = normalPlot(Float64Array.of(3, 1, 2));
  expect(few.xs[1]).toBeCloseTo(0, 12);
  expect(few.ys[1]).toBeCloseTo(0, 12);
  expect(normalPlot(Float64Array.from({ length: 5000 }, (_, i) => i)).xs).toHaveLength(200);
  expect(normalPlot(Float64Array.of(1, 1, 1)).xs).toEqual([]);
});
