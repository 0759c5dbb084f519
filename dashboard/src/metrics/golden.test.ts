/** The page's figures against scikit-learn's: `golden/metrics.json`, written by Python. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { calibration } from './calibration.ts';
import { confusionOf, perClass } from './confusion.ts';
import { chanceFigures, type Figures, labelFigures, valueEstimates } from './figures.ts';
import type { Outcomes } from './outcomes.ts';
import { prCurve, ranked, rocCurve } from './ranking.ts';

type Cells = readonly (number | null)[];

interface ClassCase {
  readonly name: string;
  readonly actual: number[];
  readonly predicted: number[];
  readonly chance: number[][];
  readonly confusion: number[][];
  readonly metrics: Record<string, number | null>;
  readonly each: Record<string, Cells>;
  readonly curves: null | {
    readonly fpr: number[];
    readonly tpr: number[];
    readonly at: number[];
    readonly precision: number[];
    readonly recall: number[];
    readonly uniform: { readonly seen: number[]; readonly said: number[] };
    readonly quantile: { readonly seen: number[]; readonly said: number[] };
  };
}

interface ValueCase {
  readonly name: string;
  readonly actual: number[];
  readonly predicted: number[];
  readonly metrics: Record<string, number | null>;
}

const path = new URL('../../golden/metrics.json', import.meta.url);
const golden = JSON.parse(readFileSync(path, 'utf-8')) as {
  classes: ClassCase[];
  values: ValueCase[];
};

function outcomes(actual: number[], predicted: number[], chance: number[][] | null): Outcomes {
  return {
    actual: Float64Array.from(actual),
    predicted: Float64Array.from(predicted),
    chance: chance === null ? null : chance.map((column) => Float64Array.from(column)),
    rows: Uint32Array.from(actual.keys()),
    unknown: 0,
  };
}

function expectFigures(found: Figures, wanted: Record<string, number | null>): void {
  for (const [name, value] of Object.entries(wanted)) {
    const figure = found[name as keyof Figures];
    expect(figure, name).toBeDefined();
    if (value === null) {
      expect(figure?.value, name).toBeNaN();
      expect(figure?.reason, name).toMatch(/\.$/);
    } else {
      expect(Math.abs((figure?.value ?? Number.NaN) - value), name).toBeLessThan(1e-9);
    }
  }
}

function expectCells(found: ArrayLike<number>, wanted: Cells): void {
  expect(found.length).toBe(wanted.length);
  wanted.forEach((value, i) => {
    if (value === null) expect(found[i]).toBeNaN();
    else expect(Math.abs(found[i] - value)).toBeLessThan(1e-9);
  });
}

describe.each(golden.classes)('classes: $name', (one) => {
  const names = one.chance.map((_, k) => `class ${k}`);
  const known = outcomes(one.actual, one.predicted, one.chance);
  const confusion = confusionOf(one.actual, one.predicted, names.length);

  it('has the same figures', () => {
    const found = { ...labelFigures(known, names), ...chanceFigures(known, names) };
    expect(Object.keys(found).sort()).toEqual(Object.keys(one.metrics).sort());
    expectFigures(found, one.metrics);
  });

  it('has the same confusion, and figures of each class', () => {
    expect(Array.from(confusion.cells)).toEqual(one.confusion.flat());
    const each = perClass(confusion);
    expectCells(
      each.map((c) => c.precision),
      one.each.precision,
    );
    expectCells(
      each.map((c) => c.recall),
      one.each.recall,
    );
    expectCells(
      each.map((c) => c.f1),
      one.each.f1,
    );
    expectCells(
      each.map((c) => c.falsePositiveRate),
      one.each.false_positive_rate,
    );
    expectCells(
      each.map((c) => c.falseNegativeRate),
      one.each.false_negative_rate,
    );
  });

  it('has the same curves and bins', () => {
    if (one.curves === null) return;
    const rows = ranked(one.actual, one.chance[1], 1);
    const roc = rocCurve(rows);
    expectCells(roc.xs, one.curves.fpr);
    expectCells(roc.ys, one.curves.tpr);
    expectCells(roc.scores.slice(1), one.curves.at);
    const pr = prCurve(rows);
    expectCells(pr.xs, one.curves.recall);
    expectCells(pr.ys, one.curves.precision);
    for (const strategy of ['uniform', 'quantile'] as const) {
      const bins = calibration(one.actual, Float64Array.from(one.chance[1]), 1, 5, strategy);
      expectCells(
        bins.map((bin) => bin.seen),
        one.curves[strategy].seen,
      );
      expectCells(
        bins.map((bin) => bin.said),
        one.curves[strategy].said,
      );
    }
  });
});

describe.each(golden.values)('values: $name', (one) => {
  it('has the same figures', () => {
    expectFigures(valueEstimates(outcomes(one.actual, one.predicted, null)), one.metrics);
  });
});
