/** Tests of the figures of groups, and of the cohorts that follow from them. */

import { expect, test } from 'vitest';
import { confusionOf, labelFigures, outcomesOf, ranked, sweep } from '../../metrics/index.ts';
import { added, type CohortRows, compared } from '../../state/cohorts.ts';
import { matching } from '../../state/filters.ts';
import { sketched } from '../../testing/pages.ts';
import { calibrationOf, curvesOf, mostObserved, pointAt } from './curves.ts';
import {
  baseline,
  bestOf,
  cellFilter,
  metricsOf,
  mistakesOf,
  resultsOf,
  shareOf,
  shownClasses,
  standing,
  sweepFigure,
  toldApart,
  worseIn,
} from './logic.ts';

const N = 200;
const all = Array.from({ length: N }, (_, i) => i);
const second = all.map((i) => ((i * 7) % 100) / 100);
const actual = all.map((i) => (i === 3 ? Number.NaN : Number(second[i] > 0.5 !== (i % 10 === 0))));
const page = sketched({
  features: { age: all },
  predicted: second.map((p) => Number(p > 0.5)),
  actual,
  probabilities: [second.map((p) => 1 - p), second],
});
const tenth = all.filter((i) => i % 10 === 0);
const cohorts = added([], 'tenth', { of: 'id', is: 'in', value: tenth });
const groups = compared(page, cohorts, true);

test('figures of probabilities come after those of classes', () => {
  expect(metricsOf(page).map(({ id }) => id)).toContain('roc_auc');
  expect(metricsOf(sketched({ predicted: [0, 1, 0, 1] })).map(({ id }) => id)).not.toContain(
    'brier',
  );
  const values = sketched({ classes: null, predicted: [1, 2, 3, 4] });
  expect(metricsOf(values).map(({ id }) => id)).toEqual(['rmse', 'mae', 'r2', 'mse', 'max_error']);
});

test('rows without an outcome are left out, and a cohort is told worse only where it is', () => {
  const results = resultsOf(page, groups);
  expect(results[0].outcomes.unknown).toBe(1);
  expect(results[0].figures.accuracy?.value).toBeCloseTo(179 / 199, 12);
  expect(results[1].figures.accuracy?.value).toBe(0);
  const figures = baseline(page, results, 0.5);
  expect(figures).toBe(results[0].figures);
  const metrics = metricsOf(page);
  expect(worseIn(metrics, results[1].figures, figures).map(({ id }) => id)).toContain('accuracy');
  expect(worseIn(metrics, figures, figures)).toEqual([]);
  const rate = metrics.find(({ id }) => id === 'false_positive_rate');
  if (rate === undefined) throw new Error('there is such a figure');
  const found = standing(rate, results[1].figures[rate.id], figures[rate.id]);
  expect(found?.verdict).toBe('worse');
  expect(found?.value).toBeGreaterThan(0);
});

test('the baseline is there when all data is not shown', () => {
  const only = resultsOf(page, compared(page, cohorts, false));
  expect(only).toHaveLength(1);
  expect(baseline(page, only, 0.5).accuracy?.value).toBeCloseTo(179 / 199, 12);
});

test('a threshold moves the predictions, and cells of the matrix hold just their rows', () => {
  const [group] = groups;
  for (const threshold of [0.5, 0.8]) {
    const outcomes = outcomesOf(page, group.rows, threshold);
    const confusion = confusionOf(outcomes.actual, outcomes.predicted, 2);
    for (const [a, p] of [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]) {
      const rows = matching(page, cellFilter(page, group, a, p, threshold));
      expect(rows.length).toBe(confusion.cells[a * 2 + p]);
    }
  }
});

test('cells of a cohort stay within it', () => {
  const filter = cellFilter(page, groups[1] as CohortRows, 1, 0, 0.5);
  expect([...matching(page, filter)].every((row) => row % 10 === 0)).toBe(true);
});

test('shares, mistakes and the classes shown', () => {
  const confusion = confusionOf([0, 0, 0, 1, 1, 2], [0, 1, 1, 1, 0, 2], 3);
  expect(shareOf(confusion, 0, 1, 'actual')).toBeCloseTo(2 / 3, 12);
  expect(shareOf(confusion, 0, 1, 'predicted')).toBeCloseTo(2 / 3, 12);
  expect(shareOf(confusion, 0, 1, 'all')).toBeCloseTo(2 / 6, 12);
  expect(mistakesOf(confusion, 2)).toEqual([
    { actual: 0, predicted: 1, rows: 2 },
    { actual: 1, predicted: 0, rows: 1 },
  ]);
  expect(shownClasses([confusion], 3)).toEqual([0, 1, 2]);
  const many = confusionOf([19, 19, 4], [7, 7, 5], 20);
  expect(shownClasses([many], 20)).toHaveLength(12);
  expect(shownClasses([many], 20)).toEqual(expect.arrayContaining([4, 5, 7, 19]));
});

test('figures by threshold are those of the predictions at it', () => {
  const [group] = groups;
  const { actual: seen, chance } = outcomesOf(page, group.rows);
  const points = sweep(ranked(seen, chance?.[1] ?? [], 1), [0.3, 0.62]);
  points.forEach((point) => {
    const wanted = labelFigures(outcomesOf(page, group.rows, point.threshold), ['no', 'yes']);
    for (const { id } of metricsOf(page).slice(0, 7)) {
      expect(sweepFigure(point, id)).toBeCloseTo(wanted[id]?.value ?? Number.NaN, 12);
    }
  });
});

test('the best threshold is the first best one', () => {
  expect(bestOf([Number.NaN, 0.4, 0.7, 0.7], 'higher')).toBe(2);
  expect(bestOf([Number.NaN, 0.4, 0.7], 'lower')).toBe(1);
  expect(bestOf([Number.NaN], 'lower')).toBe(-1);
});

test('the threshold stands on its curve', () => {
  const curves = curvesOf(page, groups[0], 1);
  const [own] = sweep(curves.rows, [0.5]);
  const point = pointAt(curves.roc, 0.5);
  expect(point.x).toBeCloseTo(own.falsePositives / curves.rows.negative, 12);
  expect(point.y).toBeCloseTo(own.truePositives / curves.rows.positive, 12);
});

test('the class with most rows', () => {
  expect(mostObserved(page, 2)).toBe(1);
});

test('bins of a calibration are fewer where rows are', () => {
  const curves = curvesOf(page, groups[0], 1);
  expect(calibrationOf(curves, 1, 'quantile').bins.length).toBeLessThanOrEqual(10);
  expect(calibrationOf(curvesOf(page, groups[1], 1), 1, 'quantile').bins).toHaveLength(2);
  const { bins, low, high } = calibrationOf(curves, 1, 'uniform');
  bins.forEach((bin, i) => {
    expect(low[i]).toBeLessThanOrEqual(bin.seen);
    expect(high[i]).toBeGreaterThanOrEqual(bin.seen);
  });
});

test('names of many classes are told apart by what differs', () => {
  expect(toldApart(['class number 09', 'class number 19', 'class number 1'])).toEqual([
    '\u202609',
    '\u202619',
    '\u20261',
  ]);
  expect(toldApart(['setosa', 'versicolor'])).toEqual(['setosa', 'versicolor']);
  expect(toldApart(['country Xa', 'country Xb'])).toEqual(['\u2026Xa', '\u2026Xb']);
});
