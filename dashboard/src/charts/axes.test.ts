/** Tests of axes: places, ticks, and the band of the missing. */

import { expect, test } from 'vitest';
import { extentOf } from '../stats/summary.ts';
import { airy, layoutAxis, logTicks, numberTicks, timeTicks, wide } from './axes.ts';

test('numbers lie between round ends, missing ones in a band of their own', () => {
  const axis = layoutAxis({ title: 'x', domain: [0.3, 9.7], missing: true }, [60, 560], 80);
  expect(axis.place(0)).toBe(120);
  expect(axis.place(10)).toBe(560);
  expect(axis.value(340)).toBe(5);
  expect(axis.place(Number.NaN)).toBe(axis.missingAt);
  expect(axis.value(70)).toBeNaN();
  expect(axis.place(99)).toBe(560);
});

test('an upright axis has its missing values at its foot', () => {
  const axis = layoutAxis({ title: 'y', domain: [0, 1], missing: true, exact: true }, [200, 0], 40);
  expect(axis.missingAt).toBe(188);
  expect(axis.place(1)).toBe(0);
  expect(axis.place(0)).toBe(162);
});

test('categories have bands', () => {
  const axis = layoutAxis(
    { title: 'c', kind: 'category', names: ['a', 'b', 'c', 'd'] },
    [0, 400],
    80,
  );
  expect(axis.band).toBe(100);
  expect(axis.place(1)).toBe(150);
  expect(axis.value(399)).toBe(3);
  expect(axis.ticks.map((tick) => tick.text)).toEqual(['a', 'b', 'c', 'd']);
});

test('no two ticks say the same', () => {
  const format = (value: number) => value.toFixed(0);
  const texts = (whole: boolean) => numberTicks(0, 4, 8, { format, whole }).map(([, text]) => text);
  expect(texts(true)).toEqual(['0', '1', '2', '3', '4']);
  expect(new Set(texts(false)).size).toBe(texts(false).length);
});

test('ticks have as many decimals as tell them apart', () => {
  expect(numberTicks(0, 1, 5).map(([, text]) => text)).toEqual([
    '0.0',
    '0.2',
    '0.4',
    '0.6',
    '0.8',
    '1.0',
  ]);
  expect(numberTicks(-10, 10, 4).map(([, text]) => text)).toEqual([
    '\u221210',
    '\u22125',
    '0',
    '5',
    '10',
  ]);
  expect(numberTicks(1, 1.01, 3).map(([, text]) => text)).toEqual(['1.000', '1.005', '1.010']);
  expect(numberTicks(0, 40_000, 4).map(([, text]) => text)).toEqual([
    '0',
    '10K',
    '20K',
    '30K',
    '40K',
  ]);
});

test('logarithms and times have round ticks', () => {
  expect(logTicks(0, 2)).toEqual([1, 2, 5, 10, 20, 50, 100]);
  expect(logTicks(0, 4)).toEqual([1, 10, 100, 1000, 10_000]);
  const years = timeTicks(Date.UTC(2015, 4), Date.UTC(2021, 1), 6);
  expect(years.map(([, text]) => text)).toEqual(['2016', '2017', '2018', '2019', '2020', '2021']);
  const hours = timeTicks(Date.UTC(2020, 0, 1), Date.UTC(2020, 0, 1, 12), 4);
  expect(hours.map(([, text]) => text)).toEqual(['00:00', '03:00', '06:00', '09:00', '12:00']);
  const months = timeTicks(Date.UTC(2020, 0, 15), Date.UTC(2020, 6, 1), 6);
  expect(months[0]).toEqual([Date.UTC(2020, 1, 1), 'Feb 2020']);
});

test('domains of nothing, of one value and with infinities are wide', () => {
  expect(extentOf([])).toEqual([0, 1]);
  expect(extentOf([Number.NaN, 3, Number.POSITIVE_INFINITY, -1])).toEqual([-1, 3]);
  expect(wide([5, 5])).toEqual([4.5, 5.5]);
  expect(wide([0, 0])).toEqual([-1, 1]);
  expect(airy([0, 100])).toEqual([-3, 103]);
});

test('a narrow axis has two ticks at least, one of whole numbers no halves', () => {
  expect(numberTicks(-90, 95, 2).map(([value]) => value)).toEqual([-50, 0, 50]);
  const whole = numberTicks(0, 3, 6, { whole: true });
  expect(whole.map(([, text]) => text)).toEqual(['0', '1', '2', '3']);
  expect(numberTicks(0, 200, 4, { whole: true }).map(([value]) => value)).toEqual([
    0, 50, 100, 150, 200,
  ]);
});
