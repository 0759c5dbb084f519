/** Curves of one class for each group. */

import {
  averagePrecision,
  type CalibrationBin,
  type Curve,
  calibration,
  calibrationError,
  outcomesOf,
  prCurve,
  type Ranked,
  ranked,
  rocAuc,
  rocCurve,
  type Strategy,
  share,
  thinned,
  withChance,
} from '../../metrics/index.ts';
import type { Page } from '../../payload/page.ts';
import type { CohortRows } from '../../state/cohorts.ts';

export interface GroupCurves {
  readonly group: CohortRows;
  readonly rows: Ranked;
  /** Whether both curves are defined: there are rows of the class, and others. */
  readonly isDrawn: boolean;
  readonly roc: Curve;
  readonly pr: Curve;
  readonly auc: number;
  readonly precision: number;
  readonly actual: Float64Array;
  readonly chance: Float64Array;
}

/** Return the curves of a class. */
export function curvesOf(page: Page, group: CohortRows, cls: number): GroupCurves {
  const { actual, chance } = withChance(outcomesOf(page, group.rows));
  const scores = chance?.[cls] ?? new Float64Array(0);
  const rows = ranked(actual, scores, cls);
  return {
    group,
    rows,
    isDrawn: rows.positive > 0 && rows.negative > 0,
    roc: thinned(rocCurve(rows)),
    pr: thinned(prCurve(rows)),
    auc: rocAuc(rows),
    precision: averagePrecision(rows),
    actual,
    chance: scores,
  };
}

const BINS = 10;
const ROWS_PER_BIN = 20;

/** Bins of a calibration with the intervals of what was seen. */
export interface Calibration {
  readonly bins: readonly CalibrationBin[];
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly error: number;
}

/** Return the calibration of a class: fewer bins where rows are few. */
export function calibrationOf(curves: GroupCurves, cls: number, strategy: Strategy): Calibration {
  const { actual, chance } = curves;
  const size = Math.max(2, Math.min(BINS, Math.floor(chance.length / ROWS_PER_BIN)));
  const bins = chance.length === 0 ? [] : calibration(actual, chance, cls, size, strategy);
  const ends = bins.map((bin) => share(Math.round(bin.seen * bin.count), bin.count));
  return {
    bins,
    low: ends.map((one) => one.low),
    high: ends.map((one) => one.high),
    error: calibrationError(bins),
  };
}

/** Return the point of a curve where a threshold stands: the last score not below it. */
export function pointAt(curve: Curve, threshold: number): { x: number; y: number } {
  let at = 0;
  while (at + 1 < curve.scores.length && curve.scores[at + 1] >= threshold) at++;
  return { x: curve.xs[at], y: curve.ys[at] };
}

/** Return the class with most rows. */
export function mostObserved(page: Page, classes: number): number {
  const counts = new Float64Array(classes);
  for (let row = 0; row < page.rows.count; row++) {
    const cls = page.rows.actual(row);
    if (!Number.isNaN(cls)) counts[cls]++;
  }
  return counts.indexOf(Math.max(...counts));
}
