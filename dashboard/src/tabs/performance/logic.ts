/** Figures of the groups that are compared, and the cohorts that follow from them. */

import {
  CHANCE_METRICS,
  type Confusion,
  chanceFigures,
  confusionOf,
  type Difference,
  difference,
  type Figure,
  type Figures,
  LABEL_METRICS,
  labelFigures,
  type Metric,
  type Outcomes,
  OWN_THRESHOLD,
  outcomesOf,
  type SweepPoint,
  VALUE_METRICS,
  valueEstimates,
} from '../../metrics/index.ts';
import type { Page } from '../../payload/page.ts';
import type { Condition, Filter } from '../../payload/types.ts';
import type { CohortRows } from '../../state/cohorts.ts';
import { everyRow } from '../../stats/rows.ts';

/** A group of rows with what is known about its predictions. */
export interface Result {
  readonly group: CohortRows;
  readonly outcomes: Outcomes;
  readonly figures: Figures;
}

/** Return the figures a page can have, in order. */
export function metricsOf(page: Page): readonly Metric[] {
  if (page.payload.classes === null) return VALUE_METRICS;
  return page.rows.hasProbabilities ? [...LABEL_METRICS, ...CHANCE_METRICS] : LABEL_METRICS;
}

const allRows = new WeakMap<Page, Uint32Array>();
const chances = new WeakMap<Uint32Array, Figures>();

/** All rows as one array, so that what is known of them is found again. */
function rowsOf(page: Page, group: CohortRows | null): Uint32Array {
  if (group !== null && group.cohort !== null) return group.rows;
  const found = allRows.get(page) ?? everyRow(page.rows.count);
  allRows.set(page, found);
  return found;
}

/** Return outcomes and figures of rows; those of probabilities do not depend on the threshold. */
function figuresOf(page: Page, rows: Uint32Array, threshold: number): Omit<Result, 'group'> {
  const { classes } = page.payload;
  const outcomes = outcomesOf(page, rows, threshold, false);
  if (classes === null) return { outcomes, figures: valueEstimates(outcomes) };
  const label = labelFigures(outcomes, classes);
  if (!page.rows.hasProbabilities) return { outcomes, figures: label };
  const known = chances.get(rows) ?? chanceFigures(outcomesOf(page, rows), classes);
  chances.set(rows, known);
  return { outcomes, figures: { ...label, ...known } };
}

/** Return the results of groups. */
export function resultsOf(
  page: Page,
  groups: readonly CohortRows[],
  threshold = OWN_THRESHOLD,
): readonly Result[] {
  return groups.map((group) => ({
    group,
    ...figuresOf(page, rowsOf(page, group), threshold),
  }));
}

/** Return the figures of all rows in the page: what cohorts are compared with. */
export function baseline(page: Page, results: readonly Result[], threshold: number): Figures {
  const shown = results.find((result) => result.group.cohort === null);
  return shown?.figures ?? figuresOf(page, rowsOf(page, null), threshold).figures;
}

/** How a cohort's figure stands to that of all rows. */
interface Standing extends Difference {
  readonly verdict: 'better' | 'worse' | 'same';
}

/** Return how a figure stands to that of all rows; null where either is not defined. */
export function standing(
  metric: Metric,
  figure: Figure | undefined,
  all: Figure | undefined,
): Standing | null {
  if (figure === undefined || all === undefined) return null;
  const found = difference(figure, all);
  if (found === null || Number.isNaN(found.low)) return null;
  if (!found.clear) return { ...found, verdict: 'same' };
  const isUp = found.value > 0;
  return { ...found, verdict: isUp === (metric.better === 'higher') ? 'better' : 'worse' };
}

/** Return the metrics in which a group is clearly worse than all rows. */
export function worseIn(
  metrics: readonly Metric[],
  figures: Figures,
  all: Figures,
): readonly Metric[] {
  return metrics.filter(
    (metric) => standing(metric, figures[metric.id], all[metric.id])?.verdict === 'worse',
  );
}

/** Return the confusion of outcomes. */
export function confusionIn(outcomes: Outcomes, classes: readonly string[]): Confusion {
  return confusionOf(outcomes.actual, outcomes.predicted, classes.length);
}

/** As many classes as a matrix is readable with. */
export const MOST_CLASSES = 12;

/** Return the classes a matrix shows, in their order: those with most mistakes where they are many. */
export function shownClasses(confusions: readonly Confusion[], classes: number): readonly number[] {
  const all = Array.from({ length: classes }, (_, k) => k);
  if (classes <= MOST_CLASSES) return all;
  const mistakes = new Float64Array(classes);
  for (const { cells } of confusions) {
    for (let i = 0; i < cells.length; i++) {
      const [actual, predicted] = [Math.floor(i / classes), i % classes];
      if (actual === predicted) continue;
      mistakes[actual] += cells[i];
      mistakes[predicted] += cells[i];
    }
  }
  return all
    .sort((a, b) => mistakes[b] - mistakes[a] || a - b)
    .slice(0, MOST_CLASSES)
    .sort((a, b) => a - b);
}

/** Return the share a cell is of its row, its column, or of all; NaN of nothing. */
export function shareOf(
  confusion: Confusion,
  actual: number,
  predicted: number,
  of: 'actual' | 'predicted' | 'all',
): number {
  const { cells, classes, total } = confusion;
  let whole = total;
  if (of !== 'all') {
    whole = 0;
    for (let k = 0; k < classes; k++) {
      whole += of === 'actual' ? cells[actual * classes + k] : cells[k * classes + predicted];
    }
  }
  return whole > 0 ? cells[actual * classes + predicted] / whole : Number.NaN;
}

/** Names from here on are short where they stand close together. */
const LONG_PREFIX = 4;

/** Return names without the words all of them begin with, so that what is left tells them apart. */
export function toldApart(names: readonly string[]): readonly string[] {
  const [first = ''] = names;
  let same = 0;
  while (same < first.length && names.every((name) => name[same] === first[same])) same++;
  // Words and numbers are not cut in two.
  while (same > 0 && /[\p{L}\p{N}]/u.test(first[same - 1])) same--;
  if (names.length < 2 || same < LONG_PREFIX) return names;
  return names.map((name) => `\u2026${name.slice(same)}`);
}

/** A cell off the diagonal. */
interface Mistake {
  readonly actual: number;
  readonly predicted: number;
  readonly rows: number;
}

/** Return the cells off the diagonal with most rows, the largest first. */
export function mistakesOf({ cells, classes }: Confusion, most: number): readonly Mistake[] {
  return Array.from(cells, (rows, i) => ({
    actual: Math.floor(i / classes),
    predicted: i % classes,
    rows,
  }))
    .filter(({ actual, predicted, rows }) => actual !== predicted && rows > 0)
    .sort((a, b) => b.rows - a.rows)
    .slice(0, most);
}

/** Return the rows of a cell of the confusion as a cohort's filter, within its group. */
export function cellFilter(
  page: Page,
  group: CohortRows,
  actual: number,
  predicted: number,
  threshold: number,
): Filter {
  const classes = page.payload.classes ?? [];
  const isMoved = threshold !== OWN_THRESHOLD && classes.length === 2;
  const answer: Condition = isMoved
    ? { of: { probability: classes[1] }, is: predicted === 1 ? '>=' : '<', value: threshold }
    : { of: 'predicted', is: 'in', value: [classes[predicted]] };
  const observed: Condition = { of: 'actual', is: 'in', value: [classes[actual]] };
  return within(group, [observed, answer]);
}

/** Return conditions within a group as one filter. */
export function within(group: CohortRows, conditions: readonly Condition[]): Filter {
  const inner = group.cohort === null ? [] : [group.cohort.filter];
  const all = [...inner, ...conditions];
  return all.length === 1 ? all[0] : { all };
}

/** Return the figure of a threshold; NaN where it is not defined. */
export function sweepFigure(point: SweepPoint, metric: Metric['id']): number {
  const { truePositives: tp, falsePositives: fp, falseNegatives: fn, trueNegatives: tn } = point;
  const divided = (a: number, b: number): number => (b > 0 ? a / b : Number.NaN);
  switch (metric) {
    case 'accuracy':
      return divided(tp + tn, tp + fp + fn + tn);
    case 'balanced_accuracy':
      return (divided(tp, tp + fn) + divided(tn, tn + fp)) / 2;
    case 'precision':
      return divided(tp, tp + fp);
    case 'recall':
      return divided(tp, tp + fn);
    case 'false_positive_rate':
      return divided(fp, fp + tn);
    case 'false_negative_rate':
      return divided(fn, tp + fn);
    case 'f1':
      return divided(2 * tp, 2 * tp + fp + fn);
    default:
      return Number.NaN;
  }
}

/** Return the place of the best value of a curve of thresholds; -1 where none is defined. */
export function bestOf(values: readonly number[], better: Metric['better']): number {
  let best = -1;
  values.forEach((value, i) => {
    if (Number.isNaN(value)) return;
    const isBetter =
      best < 0 || (better === 'higher' ? value > values[best] : value < values[best]);
    if (isBetter) best = i;
  });
  return best;
}
