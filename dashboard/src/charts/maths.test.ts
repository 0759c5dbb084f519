/** Tests of the maths under the charts. Reference values are numpy's and scipy's. */

import { expect, test } from 'vitest';
import { quantile, sortedFinite } from '../stats/summary.ts';
import { boxOf, evenly } from './boxes.ts';
import { densityOf } from './density.ts';
import { nextMark } from './hooks.ts';
import { nearestPoint, nextPoint, pointsIn } from './nearest.ts';
import { pathOf, shapeOf } from './paths.ts';
import { readingsAt, stepsOf, valueAt } from './reading.ts';
import { pushing, reach, running, sumsUpward } from './stack.ts';
import { jitter, swarmOffsets, thinned } from './swarm.ts';

const values = [3.1, -2.5, 0, 7.75, 1.2, 1.2, 100, 4.4, -0.3, Number.NaN];

test('quantiles are those of numpy', () => {
  const sorted = sortedFinite(values);
  const found = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1].map((share) => quantile(sorted, share));
  const expected = [-2.5, -0.74, 0, 1.2, 4.4, 26.200000000000017, 100];
  found.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i], 12);
  });
  expect(quantile([], 0.5)).toBeNaN();
});

test('a box has whiskers within 1.5 interquartile ranges, and names what lies beyond', () => {
  const box = boxOf(values);
  expect(box).toMatchObject({ count: 9, low: -2.5, q1: 0, median: 1.2, q3: 4.4, high: 7.75 });
  expect(box?.outliers).toEqual([100]);
  expect(box?.mean).toBeCloseTo(114.85 / 9, 12);
  expect(boxOf([Number.NaN])).toBeNull();
  expect(boxOf([2])).toMatchObject({ low: 2, high: 2, median: 2, outlierCount: 0 });
});

test('many outliers are thinned, the ends stay', () => {
  const many = Array.from({ length: 1000 }, (_, i) => i);
  const few = evenly(many, 11);
  expect(few).toHaveLength(11);
  expect([few[0], few[10]]).toEqual([0, 999]);
});

test('a density is scipy.stats.gaussian_kde with the same bandwidth', () => {
  const data = [-1.2, -0.7, -0.1, 0, 0.2, 0.25, 0.9, 1.5, 2.2, 2.4];
  const density = densityOf(data);
  expect(density?.x[0]).toBe(-1.2);
  expect(density?.x.at(-1)).toBeCloseTo(2.4, 12);
  expect(density?.y[0]).toBeCloseTo(0.14305, 3);
  expect(density?.y.at(-1)).toBeCloseTo(0.15362, 3);
  expect(Math.max(...(density?.y ?? []))).toBeCloseTo(0.32319, 3);
  expect(densityOf([1, 1, 1])).toMatchObject({ x: [1], y: [1] });
  expect(densityOf([])).toBeNull();
});

test('dots at one place stack to both sides and stay in their lane', () => {
  const offsets = swarmOffsets([10, 10, 10, 40, Number.NaN], 4, 20);
  expect([...offsets.subarray(0, 4)]).toEqual([0, -4, 4, 0]);
  expect(offsets[4]).toBeNaN();
  const full = swarmOffsets(new Float32Array(500).fill(7), 4, 20);
  expect(Math.max(...full)).toBeLessThanOrEqual(20);
  expect(Math.min(...full)).toBeGreaterThanOrEqual(-20);
});

test('a thinned sample has its size and what must be in it; jitter is always the same', () => {
  expect([...thinned(3, 5)]).toEqual([0, 1, 2]);
  const some = thinned(1000, 10, [999, 5000]);
  expect(some).toHaveLength(11);
  expect(some.at(-1)).toBe(999);
  const spread = Array.from({ length: 1000 }, (_, i) => jitter(i));
  expect(jitter(17)).toBe(spread[17]);
  expect(Math.min(...spread)).toBeGreaterThanOrEqual(-0.5);
  expect(Math.max(...spread)).toBeLessThan(0.5);
  expect(Math.abs(spread.reduce((a, b) => a + b, 0) / 1000)).toBeLessThan(0.05);
});

const steps = [
  { label: 'a', value: 3 },
  { label: 'b', value: -1 },
  { label: 'c', value: 0 },
  { label: 'd', value: 0.5 },
];

test('a waterfall goes from the base to the output', () => {
  const placed = running(10, steps);
  expect(placed.map((one) => [one.from, one.to])).toEqual([
    [10, 13],
    [13, 12],
    [12, 12],
    [12, 12.5],
  ]);
  expect(reach(10, placed)).toEqual([10, 13]);
});

test('a force plot pushes from both sides to the output', () => {
  const { up, down } = pushing(12.5, steps);
  expect(up.map((one) => [one.step, one.from, one.to])).toEqual([
    [0, 9.5, 12.5],
    [3, 9, 9.5],
  ]);
  expect(down.map((one) => [one.step, one.from, one.to])).toEqual([[1, 12.5, 13.5]]);
});

test('points are found under the pointer, in a direction, in a rectangle', () => {
  const xs = [0, 10, 20, 11];
  const ys = [0, 0, 5, 30];
  expect(nearestPoint(xs, ys, 9, 1, 5)).toBe(1);
  expect(nearestPoint(xs, ys, 100, 100, 5)).toBe(-1);
  expect(nextPoint(xs, ys, 0, 1, 0)).toBe(1);
  expect(nextPoint(xs, ys, 1, 0, 1)).toBe(2);
  expect(nextPoint(xs, ys, 0, -1, 0)).toBe(0);
  expect(pointsIn(xs, ys, [5, 20], [-1, 6])).toEqual([1, 2]);
});

test('lines are read between their points', () => {
  const line = { name: 'a', xs: [0, 1, 3], ys: [0, 10, 30] };
  expect(valueAt(line, 2)).toBe(20);
  expect(valueAt({ ...line, step: true }, 2)).toBe(10);
  expect(valueAt(line, 3)).toBe(30);
  expect(valueAt(line, 4)).toBeNaN();
  expect(readingsAt([line], 0.5)).toEqual([{ name: 'a', y: 5 }]);
  expect(stepsOf([line.xs, [2, 1, Number.NaN]])).toEqual([0, 1, 2, 3]);
});

test('arrow keys move among marks, by line where there are several per line', () => {
  expect(nextMark('ArrowDown', 0, 6, 1)).toBe(1);
  expect(nextMark('ArrowDown', 0, 6, 3)).toBe(3);
  expect(nextMark('ArrowRight', 5, 6, 3)).toBe(5);
  expect(nextMark('End', 0, 6, 3)).toBe(5);
  expect(nextMark('Enter', 0, 6, 3)).toBeNull();
});

test('paths have gaps where nothing is known; markers have the area that is asked for', () => {
  const gap = [Number.NaN, 1] as const;
  expect(pathOf([[0, 1], [2, Math.PI], gap, [4, 5]])).toBe('M0,1L2,3.14M4,5');
  expect(pathOf([])).toBe('');
  for (const cls of [1, 2, 3, 4, 5, 6, 7]) {
    const points = [...shapeOf(cls, 100).matchAll(/[ML](-?[\d.]+),(-?[\d.]+)/g)].map(([, x, y]) => [
      Number(x),
      Number(y),
    ]);
    const area = points.reduce((sum, [x, y], i) => {
      const [u, v] = points[(i + 1) % points.length];
      return sum + (x * v - u * y) / 2;
    }, 0);
    expect(Math.abs(area)).toBeGreaterThan(85);
    expect(Math.abs(area)).toBeLessThan(130);
  }
});

test('decision lines rise from the base to the output, the last value first', () => {
  expect(sumsUpward(1, [10, -2, 0.5])).toEqual([9.5, -0.5, 1.5, 1]);
});
