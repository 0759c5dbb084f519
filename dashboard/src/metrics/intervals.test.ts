/** Intervals, against values computed by hand or by enumeration. */

import { describe, expect, it } from 'vitest';
import { mean } from '../stats/summary.ts';
import { accuracy, balancedAccuracy, confusionOf, perClass } from './confusion.ts';
import { around, bootstrapError, deltaError, difference, share } from './intervals.ts';
import { randomFrom, sampleOf } from './random.ts';
import {
  averagePrecision,
  type Curve,
  prCurve,
  ranked,
  rocAuc,
  rocAucError,
  rocCurve,
  sweep,
  thinned,
} from './ranking.ts';
import { standardError } from './values.ts';

describe('share', () => {
  it("is Wilson's interval", () => {
    // statsmodels.stats.proportion.proportion_confint(8, 10, method='wilson')
    const found = share(8, 10);
    expect(found.low).toBeCloseTo(0.49016247153664, 10);
    expect(found.high).toBeCloseTo(0.94331784854346, 10);
  });

  it('stays between nothing and all', () => {
    expect(share(0, 5).low).toBe(0);
    expect(share(5, 5).high).toBe(1);
    expect(share(0, 0).value).toBeNaN();
  });
});

describe('deltaError', () => {
  const actual = [0, 0, 0, 0, 0, 0, 1, 1, 1, 1];
  const predicted = [0, 0, 0, 0, 1, 1, 1, 1, 1, 0];
  const confusion = confusionOf(actual, predicted, 2);

  it('is the error of a share for accuracy', () => {
    expect(deltaError(confusion, accuracy)).toBeCloseTo(Math.sqrt((0.7 * 0.3) / 10), 6);
  });

  it('is that of the mean of recalls for balanced accuracy', () => {
    const wanted = Math.sqrt(((4 / 6) * (2 / 6)) / 6 + (0.75 * 0.25) / 4) / 2;
    expect(deltaError(confusion, (c) => balancedAccuracy(perClass(c)))).toBeCloseTo(wanted, 6);
  });
});

describe('bootstrapError', () => {
  it('finds the standard error of a mean, and scales it to all rows', () => {
    const random = randomFrom(3);
    for (const size of [400, 8000]) {
      const values = Float64Array.from({ length: size }, random);
      const found = bootstrapError(size, (taken) => (weights) => {
        let sum = 0;
        for (let i = 0; i < taken.length; i++) sum += weights[i] * values[taken[i]];
        return sum / taken.length;
      });
      expect(Math.abs(found / standardError(values) - 1)).toBeLessThan(0.2);
    }
  });
});

describe('difference', () => {
  it('of means is that of the group to the rest, by the share that is not in it', () => {
    const values = Float64Array.from([3, 4, 5, 9, 1, 2, 2, 8, 7, 5]);
    const group = values.slice(0, 4);
    const of = (v: Float64Array) => around(mean(v), standardError(v), v.length, 'mean');
    const found = difference(of(group), of(values));
    expect(found?.value).toBeCloseTo(5.25 - 4.6, 12);
    expect(found?.clear).toBe(false);
  });

  it('of all rows to themselves is never clear', () => {
    const all = share(30, 100);
    expect(difference(all, all)).toEqual({ value: 0, low: 0, high: 0, clear: false });
  });
});

describe('ranking', () => {
  const random = randomFrom(11);
  const actual = Array.from({ length: 3000 }, () => Number(random() < 0.3));
  const scores = actual.map((y) => Math.round((0.6 * random() + 0.3 * y) * 5000) / 5000);
  const rows = ranked(actual, scores, 1);

  it('has the standard error of DeLong', () => {
    const small = ranked([1, 0, 1, 0, 1, 0, 0], [0.9, 0.8, 0.8, 0.3, 0.2, 0.2, 0.1], 1);
    expect(rocAuc(small)).toBeCloseTo((4 + 3.5 + 1.5) / 12, 12);
    const ofPositives = Float64Array.from([4 / 4, 3.5 / 4, 1.5 / 4]);
    const ofNegatives = Float64Array.from([1.5 / 3, 2 / 3, 2.5 / 3, 1]);
    const wanted = Math.hypot(standardError(ofPositives), standardError(ofNegatives));
    expect(rocAucError(small)).toBeCloseTo(wanted, 12);
  });

  it('thins curves without changing their areas', () => {
    const roc = thinned(rocCurve(rows));
    expect(roc.xs.length).toBeLessThanOrEqual(400);
    expect(Math.abs(areaUnder(roc) - rocAuc(rows))).toBeLessThan(1e-3);
    const pr = prCurve(rows);
    expect(Math.abs(areaUnder(thinned(pr)) - areaUnder(pr))).toBeLessThan(2e-3);
    expect(averagePrecision(rows)).toBeGreaterThan(0.3);
  });

  it('sweeps thresholds', () => {
    const found = sweep(rows, [0, 0.5, 2]);
    expect(found[0].truePositives + found[0].falsePositives).toBe(3000);
    expect(found[2].truePositives + found[2].falsePositives).toBe(0);
    const taken = scores.map((score) => score >= 0.5);
    expect(found[1].truePositives).toBe(taken.filter((t, i) => t && actual[i] === 1).length);
    expect(found[1].falsePositives).toBe(taken.filter((t, i) => t && actual[i] === 0).length);
  });
});

describe('sampleOf', () => {
  it('takes all, or so many of them in order', () => {
    expect(Array.from(sampleOf(3, 5))).toEqual([0, 1, 2]);
    const taken = sampleOf(1000, 100);
    expect(new Set(taken).size).toBe(100);
    expect(Array.from(taken)).toEqual(Array.from(taken).sort((a, b) => a - b));
    expect(Array.from(sampleOf(1000, 100))).toEqual(Array.from(taken));
  });
});

function areaUnder(curve: Curve): number {
  let area = 0;
  for (let i = 1; i < curve.xs.length; i++) {
    area += ((curve.xs[i] - curve.xs[i - 1]) * (curve.ys[i] + curve.ys[i - 1])) / 2;
  }
  return area;
}
