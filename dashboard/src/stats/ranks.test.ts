/** Tests of ranks and rank correlation. */

import { describe, expect, it } from 'vitest';
import { ranksOf, spearman } from './ranks.ts';

describe('ranks', () => {
  it('gives equal values the mean of their ranks', () => {
    expect([...ranksOf(Float64Array.of(10, 5, 10, 7))]).toEqual([3.5, 1, 3.5, 2]);
  });

  it('follows monotone relations, whatever their form', () => {
    const xs = [1, 2, 3, 4, 5];
    expect(
      spearman(
        xs,
        xs.map((x) => x ** 3),
      ).rho,
    ).toBeCloseTo(1, 12);
    expect(
      spearman(
        xs,
        xs.map((x) => -Math.exp(x)),
      ).rho,
    ).toBeCloseTo(-1, 12);
  });

  it('equals scipy.stats.spearmanr with ties', () => {
    // spearmanr([1, 2, 2, 4, 5], [3, 1, 4, 4, 9])
    expect(spearman([1, 2, 2, 4, 5], [3, 1, 4, 4, 9]).rho).toBeCloseTo(0.763158, 5);
  });

  it('leaves out pairs of which one is missing', () => {
    expect(spearman([1, Number.NaN, 3, 4], [2, 5, Number.NaN, 8])).toEqual({ rho: 1, pairs: 2 });
  });

  it('is not defined where one of the two does not vary', () => {
    expect(spearman([1, 1, 1], [1, 2, 3]).rho).toBeNaN();
    expect(spearman([], []).rho).toBeNaN();
  });
});
