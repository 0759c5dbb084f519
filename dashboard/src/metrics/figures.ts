/** All figures of a group of rows, each with its interval or the reason why it is not defined. */

import { mean } from '../stats/summary.ts';
import { brierLosses, logLosses } from './calibration.ts';
import {
  accuracy,
  balancedAccuracy,
  type ClassFigures,
  type Confusion,
  confusionOf,
  macro,
  perClass,
} from './confusion.ts';
import { around, bootstrapError, deltaError, type Estimate, share, unknown } from './intervals.ts';
import { type Outcomes, withChance } from './outcomes.ts';
import { averagePrecision, ranked, rocAuc, rocAucError } from './ranking.ts';
import { strings } from './strings.ts';
import { r2Error, standardError, valueFigures } from './values.ts';

/** Names as in `Overall.metrics`. */
export type MetricId = keyof typeof strings.titles;

/** What a figure is. */
export interface Metric {
  readonly id: MetricId;
  readonly better: 'higher' | 'lower';
  /** Told in percent, or as a number. */
  readonly unit: 'share' | 'number';
}

const metric = (
  id: MetricId,
  better: Metric['better'],
  unit: Metric['unit'] = 'number',
): Metric => ({ id, better, unit });

/** Figures of predicted classes. */
export const LABEL_METRICS: readonly Metric[] = [
  metric('accuracy', 'higher', 'share'),
  metric('balanced_accuracy', 'higher', 'share'),
  metric('precision', 'higher', 'share'),
  metric('recall', 'higher', 'share'),
  metric('false_positive_rate', 'lower', 'share'),
  metric('false_negative_rate', 'lower', 'share'),
  metric('f1', 'higher'),
];

/** Figures of probabilities. */
export const CHANCE_METRICS: readonly Metric[] = [
  metric('roc_auc', 'higher'),
  metric('average_precision', 'higher'),
  metric('log_loss', 'lower'),
  metric('brier', 'lower'),
];

/** Figures of predicted values. */
export const VALUE_METRICS: readonly Metric[] = [
  metric('rmse', 'lower'),
  metric('mae', 'lower'),
  metric('r2', 'higher'),
  metric('mse', 'lower'),
  metric('max_error', 'lower'),
];

/** A figure; where it is not defined, why. */
export interface Figure extends Estimate {
  readonly reason?: string;
}

export type Figures = Partial<Record<MetricId, Figure>>;

/** Return the figures of predicted classes: of the second of two, means over each of more. */
export function labelFigures(outcomes: Outcomes, classes: readonly string[]): Figures {
  const confusion = confusionOf(outcomes.actual, outcomes.predicted, classes.length);
  const { total } = confusion;
  if (total === 0) return without(LABEL_METRICS, strings.noRows);
  const hits = accuracy(confusion) * total;
  const balanced = (c: Confusion): number => balancedAccuracy(perClass(c));
  return {
    accuracy: share(Math.round(hits), total),
    balanced_accuracy: delta(confusion, balanced),
    ...(classes.length === 2 ? ofSecond(confusion, classes) : ofMeans(confusion)),
  };
}

function delta(confusion: Confusion, figure: (c: Confusion) => number): Figure {
  const error = deltaError(confusion, figure);
  return around(figure(confusion), error, confusion.total, 'delta', 0, 1);
}

function ofSecond(confusion: Confusion, classes: readonly string[]): Figures {
  const [negative, positive] = classes;
  const own = perClass(confusion)[1];
  const others = confusion.total - own.support;
  const missed = own.support - own.hits;
  const absent = strings.noneObserved(positive);
  const f1 = (c: Confusion): number => perClass(c)[1].f1;
  return {
    precision: rate(own.hits, own.predicted, strings.nonePredicted(positive)),
    recall: rate(own.hits, own.support, absent),
    false_positive_rate: rate(own.predicted - own.hits, others, strings.noneObserved(negative)),
    false_negative_rate: rate(missed, own.support, absent),
    f1: reasoned(delta(confusion, f1), absent),
  };
}

function rate(hits: number, base: number, reason: string): Figure {
  return reasoned(share(hits, base), reason);
}

function ofMeans(confusion: Confusion): Figures {
  const mean = (name: Parameters<typeof macro>[1]): Figure =>
    delta(confusion, (c) => macro(perClass(c), name));
  return {
    precision: mean('precision'),
    recall: mean('recall'),
    false_positive_rate: mean('falsePositiveRate'),
    false_negative_rate: mean('falseNegativeRate'),
    f1: mean('f1'),
  };
}

/** Return the figures of probabilities; of more than two classes means of each against the rest. */
export function chanceFigures(outcomes: Outcomes, classes: readonly string[]): Figures {
  const known = withChance(outcomes);
  const { actual, chance } = known;
  const n = actual.length;
  if (chance === null || n === 0) return without(CHANCE_METRICS, strings.noChance);
  const losses = logLosses(actual, chance);
  const briers = brierLosses(actual, chance);
  return {
    ...(classes.length === 2
      ? rankedSecond(actual, chance[1], classes)
      : rankedEach(actual, chance, classes)),
    log_loss: around(mean(losses), standardError(losses), n, 'mean', 0),
    brier: around(mean(briers), standardError(briers), n, 'mean', 0),
  };
}

function rankedSecond(
  actual: Float64Array,
  scores: Float64Array,
  classes: readonly string[],
): Figures {
  const rows = ranked(actual, scores, 1);
  const n = actual.length;
  const lacking =
    rows.positive === 0 ? strings.noneObserved(classes[1]) : strings.allObserved(classes[1]);
  const auc = around(rocAuc(rows), rocAucError(rows), n, 'delong', 0, 1);
  const error = bootstrapError(
    n,
    weighted([1], actual, [scores], (area) => area.precision),
  );
  return {
    roc_auc: reasoned(auc, lacking),
    average_precision: reasoned(
      around(averagePrecision(rows), error, n, 'bootstrap', 0, 1),
      strings.noneObserved(classes[1]),
    ),
  };
}

/** More classes than that get no interval: it would take too long. */
const MOST_CLASSES = 20;

function rankedEach(
  actual: Float64Array,
  chance: readonly Float64Array[],
  classes: readonly string[],
): Figures {
  const n = actual.length;
  const each = chance.map((scores, k) => ranked(actual, scores, k));
  const absent = classes.filter((_, k) => each[k].positive === 0);
  const reason = strings.missingClasses(absent.length > 0 ? absent : classes);
  const numbers = classes.map((_, k) => k);
  const figure = (
    of: (rows: (typeof each)[number]) => number,
    pick: 'roc' | 'precision',
  ): Figure => {
    if (absent.length > 0) return { ...unknown(n), reason };
    const value = mean(Float64Array.from(each, of));
    const error =
      classes.length > MOST_CLASSES
        ? Number.NaN
        : bootstrapError(
            n,
            weighted(numbers, actual, chance, (area) => area[pick]),
          );
    return around(value, error, n, 'bootstrap', 0, 1);
  };
  return {
    roc_auc: figure(rocAuc, 'roc'),
    average_precision: figure(averagePrecision, 'precision'),
  };
}

interface Areas {
  readonly roc: number;
  readonly precision: number;
}

/** Return areas as a function of how often each row is drawn: sorted once, walked every time. */
function weighted(
  numbers: readonly number[],
  actual: Float64Array,
  chance: readonly Float64Array[],
  pick: (areas: Areas) => number,
): (taken: Uint32Array) => (weights: Uint16Array) => number {
  return (taken) => {
    const each = numbers.map((cls, i) => {
      const scores = Float64Array.from(taken, (row) => chance[i][row]);
      const order = Uint32Array.from(taken.keys()).sort((a, b) => scores[b] - scores[a]);
      const own = Uint8Array.from(taken, (row) => Number(actual[row] === cls));
      return { scores, order, own };
    });
    return (weights) =>
      mean(Float64Array.from(each, (one) => pick(areas(one.scores, one.order, one.own, weights))));
  };
}

function areas(
  scores: Float64Array,
  order: Uint32Array,
  own: Uint8Array,
  weights: Uint16Array,
): Areas {
  let hits = 0;
  let wrong = 0;
  let pairs = 0;
  let precision = 0;
  for (let i = 0; i < order.length; ) {
    let p = 0;
    let n = 0;
    const score = scores[order[i]];
    for (; i < order.length && scores[order[i]] === score; i++) {
      if (own[order[i]] === 1) p += weights[order[i]];
      else n += weights[order[i]];
    }
    pairs += n * (hits + p / 2);
    hits += p;
    wrong += n;
    if (p > 0) precision += (p * hits) / (hits + wrong);
  }
  return { roc: pairs / (hits * wrong), precision: precision / hits };
}

/** Return the figures of predicted values. */
export function valueEstimates(outcomes: Outcomes): Figures {
  const { actual, predicted } = outcomes;
  const n = actual.length;
  if (n === 0) return without(VALUE_METRICS, strings.noRows);
  const found = valueFigures(actual, predicted);
  const squares = actual.map((y, i) => (y - predicted[i]) ** 2);
  const sizes = squares.map(Math.sqrt);
  const mse = around(found.mse, standardError(squares), n, 'mean', 0);
  const error = found.rmse > 0 ? mse.error / (2 * found.rmse) : mse.error;
  return {
    mse,
    rmse: around(found.rmse, error, n, 'delta', 0),
    mae: around(found.mae, standardError(sizes), n, 'mean', 0),
    r2: reasoned(
      around(
        found.r2,
        r2Error(actual, predicted, found.r2),
        n,
        'ratio',
        Number.NEGATIVE_INFINITY,
        1,
      ),
      strings.sameOutcome,
    ),
    max_error: around(found.maxError, Number.NaN, n, 'mean'),
  };
}

function reasoned(estimate: Estimate, reason: string): Figure {
  return Number.isNaN(estimate.value) ? { ...estimate, reason } : estimate;
}

function without(metrics: readonly Metric[], reason: string): Figures {
  return Object.fromEntries(metrics.map(({ id }) => [id, { ...unknown(0), reason }]));
}

/** Figures of one class, as rates with intervals. */
export interface ClassRow {
  readonly figures: ClassFigures;
  readonly precision: Estimate;
  readonly recall: Estimate;
  readonly auc: number;
}

/** Return a row of the table of classes for every class. */
export function classRows(outcomes: Outcomes, classes: readonly string[]): readonly ClassRow[] {
  const confusion = confusionOf(outcomes.actual, outcomes.predicted, classes.length);
  const { actual, chance } = withChance(outcomes);
  return perClass(confusion).map((figures, k) => ({
    figures,
    precision: share(figures.hits, figures.predicted),
    recall: share(figures.hits, figures.support),
    auc: chance === null ? Number.NaN : rocAuc(ranked(actual, chance[k], k)),
  }));
}
