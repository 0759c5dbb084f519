/** Tests of single rows: what adds up, and which rows are near. */

import { describe, expect, test } from 'vitest';
import { attributionsOf } from '../../state/attributions.ts';
import { rowsById } from '../../state/ids.ts';
import { sketched } from '../../testing/pages.ts';
import { outputFor } from '../shared/labels.ts';
import { isHeld, largestOf, nearestOthers, ownOutput, stepsOf } from './logic.ts';
import { outcomeColumns } from './picker.tsx';

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
const others = (count: number): string => `${count} others`;

const two = sketched({
  features: { age: [20, 30, 40, 50], town: ['Ulm', 'Bonn', null, 'Ulm'], wage: [1, 2, 3, 4] },
  predicted: [1, 0, 1, 0],
  probabilities: [
    [1 - logistic(1.75), 1 - logistic(0.5), 0.1, 0.9],
    [logistic(1.75), logistic(0.5), 0.9, 0.1],
  ],
  local: [
    [
      [1, -0.5, 0, 0],
      [0.25, 0, 0, 0],
      [0, 0.5, 0, 0],
    ],
  ],
  baseValues: [0.5],
});
const [view] = two.views;

test('features are taken by their largest size among the rows', () => {
  const values = attributionsOf(view, 1, 'kept');
  if (values === null) throw new Error('no attributions');
  expect(largestOf(view, values, [0], 2)).toEqual([0, 1]);
  expect(largestOf(view, values, [0, 1], 3)).toEqual([0, 2, 1]);
});

test('steps go from the base value to the output, the rest being one of them', () => {
  const values = attributionsOf(view, 1, 'kept');
  if (values === null) throw new Error('no attributions');
  const steps = stepsOf(view, values, 0, [0], others);
  expect(steps).toEqual([
    { label: 'age', value: 1, detail: '20' },
    { label: '2 others', value: 0.25, rest: true },
  ]);
  const all = stepsOf(view, values, 2, [0, 1, 2], others);
  expect(all.map((step) => step.detail)).toEqual(['40', 'missing', '3']);
});

test('the model\u2019s own output stands beside the sum, in its unit', () => {
  const kept = ownOutput(two, view, 1, 'kept', 0);
  expect(kept?.unit).toBe('log-odds');
  expect(kept?.output).toBeCloseTo(1.75, 5);
  expect(kept).toMatchObject({ sum: 1.75, converted: false });
  expect(kept?.residual).toBeCloseTo(0, 5);
  const first = ownOutput(two, view, 0, 'kept', 0);
  expect(first?.output).toBeCloseTo(-1.75, 5);
  expect(first?.residual).toBeCloseTo(0, 5);
  const scaled = ownOutput(two, view, 1, 'probability', 2);
  expect(scaled?.residual).toBeCloseTo(0.9 - logistic(0.5), 5);
});

test('where units differ, nothing is compared', () => {
  const page = sketched({ predicted: [1, 0, 1, 0], local: [[[1, 2, 3, 4]]] });
  expect(ownOutput(page, page.views[0], 1, 'kept', 0)).toBeNull();
  const loose = sketched({
    classes: null,
    predicted: [5, 6, 7, 9],
    local: [[[1, 2, 3, 4]]],
    baseValues: [4],
  });
  expect(ownOutput(loose, loose.views[0], 0, 'kept', 3)).toMatchObject({ output: 9, residual: 1 });
});

test('margins of several classes are compared as probabilities, where a softmax joins them', () => {
  const powers = [Math.exp(1), Math.exp(2), Math.exp(-1)];
  const sum = powers.reduce((a, b) => a + b);
  const sketch = {
    features: { age: [1] },
    classes: ['a', 'b', 'c'],
    predicted: [1],
    local: [[[1]], [[1]], [[-3]]],
    baseValues: [0, 1, 2],
  };
  const page = sketched({ ...sketch, probabilities: powers.map((power) => [power / sum]) });
  const own = ownOutput(page, page.views[0], 1, 'kept', 0);
  expect(own?.unit).toBe('probability');
  expect(own?.output).toBeCloseTo(powers[1] / sum, 5);
  expect(own?.residual).toBeCloseTo(0, 5);
  // The sum itself is in another unit.
  expect(own?.converted).toBe(true);
  expect(own?.sum).toBeCloseTo(powers[1] / sum, 5);
  const other = sketched({ ...sketch, probabilities: [[0.5], [0.3], [0.2]] });
  expect(ownOutput(other, other.views[0], 1, 'kept', 0)).toBeNull();
});

test('the nearest rows of another class, by standardised distance', () => {
  const found = nearestOthers(two, view, 0, 5);
  expect(found.map((one) => one.row)).toEqual([1, 3]);
  const deviation = Math.sqrt(125);
  const expected = Math.sqrt(((10 / deviation) ** 2 + 1 + (1 / Math.sqrt(1.25)) ** 2) / 3);
  expect(found[0].distance).toBeCloseTo(expected, 9);
  expect(found[1].differing).toEqual([0, 2]);
});

test('of values, another outcome is half a standard deviation away', () => {
  const page = sketched({
    classes: null,
    features: { x: [0, 1, 2, 9] },
    predicted: [1, 1.1, 3, 5],
  });
  expect(nearestOthers(page, page.views[0], 0, 5).map((one) => one.row)).toEqual([2, 3]);
  const unknown = sketched({ features: { x: [0, 1] } });
  expect(nearestOthers(unknown, unknown.views[0], 0, 5)).toEqual([]);
});

test('rows are found by id, exact ones first', () => {
  const page = sketched({ features: { x: Array.from({ length: 30 }, (_, i) => i) } });
  expect(rowsById(page, '2', 4)).toEqual([2, 20, 21, 22]);
  expect(rowsById(page, ' 17 ', 4)).toEqual([17]);
  expect(rowsById(page, '', 4)).toEqual([]);
});

test('ids of many digits are found exactly', () => {
  const acct = [1732226844, 1732226845, 4111111111111111, 2 ** 53 - 1];
  const small = sketched({ features: { x: [1, 2, 3, 4] } });
  const ids = { ...small.rows.ids, number: (row: number) => acct[row] };
  const page = { ...small, rows: { ...small.rows, ids } };
  expect(acct.map((id) => rowsById(page, String(id), 9))).toEqual([[0], [1], [2], [3]]);
  expect(rowsById(page, '1732226840', 9)).toEqual([]);
  expect(rowsById(page, '4111111110000000', 9)).toEqual([]);
  expect(rowsById(page, '17322268', 9)).toEqual([0, 1]);
});

describe('of several targets', () => {
  const page = sketched({
    classes: null,
    predicted: [5, 6, 7, 8],
    actual: [4, 6, 7, 9],
    local: [[[1, 2, 3, 4]], [[5, 6, 7, 8]]],
    baseValues: [4, 1],
    view: { outputs: ['height', 'weight'] },
  });

  test('the sum of the first alone stands beside the predictions, which are of it', () => {
    expect(ownOutput(page, page.views[0], 0, 'kept', 1)).toMatchObject({ output: 6, residual: 0 });
    expect(ownOutput(page, page.views[0], 1, 'kept', 1)).toBeNull();
    expect([isHeld(page, 0), isHeld(page, 1)]).toEqual([true, false]);
  });

  test('predictions and outcomes name the target they are of', () => {
    const titles = (withActual: boolean) =>
      outcomeColumns(page, 1, withActual).map((column) => column.title);
    expect(titles(true)).toEqual(['Predicted of height', 'Observed of height']);
    expect(titles(false)).toEqual(['Predicted of height']);
    const one = sketched({ classes: null, predicted: [5, 6, 7, 8] });
    expect(outcomeColumns(one, 0).map((column) => column.title)).toEqual(['Predicted']);
  });
});

test('of all classes together, the predicted one of the row is explained', () => {
  expect(outputFor(two, 'all', 0)).toBe(1);
  expect(outputFor(two, 'all', 1)).toBe(0);
  expect(outputFor(two, 0, 0)).toBe(0);
  expect(outputFor(two, 'all', undefined)).toBe(0);
});
