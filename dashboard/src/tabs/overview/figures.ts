/** The table of key figures: one column per group. */

import {
  labelFigures,
  metricStrings,
  outcomesOf,
  ranked,
  rocAuc,
  withChance,
} from '../../metrics/index.ts';
import { valueFigures } from '../../metrics/values.ts';
import type { Page } from '../../payload/page.ts';
import type { Overall } from '../../payload/types.ts';
import type { CohortRows } from '../../state/cohorts.ts';
import { figuredTarget } from '../../state/outputs.ts';
import { count, number, percent } from '../../text/numbers.ts';
import { strings } from './strings.ts';

/** A line of the table; a text per group. */
export interface Line {
  readonly name: string;
  readonly texts: readonly string[];
}

/** The table. */
interface KeyFigures {
  readonly groups: readonly string[];
  readonly lines: readonly Line[];
}

/** More classes than these have no lines of their own. */
const MOST_CLASSES = 5;
const NONE = '\u2013';

type Texts = ReadonlyMap<string, string>;

/** Return the key figures of groups; those of all rows explained come first where the page holds a sample. */
export function keyFigures(page: Page, groups: readonly CohortRows[]): KeyFigures {
  const { overall } = page.payload;
  const isSample = page.rows.count < page.rows.total && overall !== null;
  const columns = groups.map((group) => ofRows(page, group.rows));
  const names = groups.map((group) => (isSample ? strings.inPage(group.name) : group.name));
  if (isSample) {
    columns.unshift(ofOverall(page, overall));
    names.unshift(strings.overallGroup(overall.rows));
  }
  const lines = [...new Set(columns.flatMap((column) => [...column.keys()]))];
  return {
    groups: names,
    lines: lines.map((name) => ({
      name,
      texts: columns.map((column) => column.get(name) ?? NONE),
    })),
  };
}

function ofRows(page: Page, rows: Uint32Array): Texts {
  const texts = new Map<string, string>([[strings.rows, rowsText(rows.length, page.rows.count)]]);
  const { classes } = page.payload;
  if (classes === null) ofValues(page, rows, texts);
  else ofClasses(page, rows, classes, texts);
  return texts;
}

function rowsText(n: number, all: number): string {
  return n === all ? count(n) : `${count(n)} (${percent(n / all)})`;
}

function ofValues(page: Page, rows: Uint32Array, texts: Map<string, string>): void {
  const target = figuredTarget(page);
  const named = (name: string): string => strings.ofTarget(name, target);
  if (page.rows.hasPredicted)
    texts.set(named(strings.meanPrediction), meanOf(rows, page.rows.predicted));
  if (!page.rows.hasActual) return;
  texts.set(named(strings.meanObserved), meanOf(rows, page.rows.actual));
  if (!page.rows.hasPredicted) return;
  const outcomes = outcomesOf(page, rows);
  const found = valueFigures(outcomes.actual, outcomes.predicted);
  texts.set(named(metricStrings.titles.mae), number(found.mae));
  texts.set(named(metricStrings.titles.r2), number(found.r2));
}

function meanOf(rows: Uint32Array, value: (row: number) => number): string {
  let [n, sum] = [0, 0];
  for (const row of rows) {
    const found = value(row);
    if (!Number.isFinite(found)) continue;
    n++;
    sum += found;
  }
  return number(sum / n);
}

function ofClasses(
  page: Page,
  rows: Uint32Array,
  classes: readonly string[],
  texts: Map<string, string>,
): void {
  const { hasPredicted, hasActual, predicted, actual } = page.rows;
  if (hasPredicted) shares(rows, predicted, classes, strings.predictedShare, texts);
  if (hasActual) shares(rows, actual, classes, strings.observedShare, texts);
  if (!hasPredicted || !hasActual) return;
  const outcomes = outcomesOf(page, rows);
  const found = labelFigures(outcomes, classes);
  texts.set(metricStrings.titles.accuracy, percent(found.accuracy?.value ?? Number.NaN));
  if (classes.length > 2) {
    const balanced = found.balanced_accuracy?.value ?? Number.NaN;
    texts.set(metricStrings.titles.balanced_accuracy, percent(balanced));
  } else if (outcomes.chance !== null) {
    const known = withChance(outcomes);
    const auc = rocAuc(ranked(known.actual, known.chance?.[1] ?? [], 1));
    texts.set(metricStrings.titles.roc_auc, number(auc));
  }
}

function shares(
  rows: Uint32Array,
  value: (row: number) => number,
  classes: readonly string[],
  name: (label: string) => string,
  texts: Map<string, string>,
): void {
  const counts = classes.map(() => 0);
  for (const row of rows) {
    const cls = value(row);
    if (!Number.isNaN(cls)) counts[cls]++;
  }
  shareLines(counts, classes, name, texts);
}

/** Of two classes the second says it all. */
function shareLines(
  counts: readonly number[],
  classes: readonly string[],
  name: (label: string) => string,
  texts: Map<string, string>,
): void {
  const total = counts.reduce((a, b) => a + b, 0);
  const first = classes.length === 2 ? 1 : 0;
  for (let cls = first; cls < classes.length && cls < MOST_CLASSES; cls++) {
    texts.set(name(classes[cls]), total === 0 ? NONE : percent(counts[cls] / total));
  }
}

function ofOverall(page: Page, overall: Overall): Texts {
  const texts = new Map<string, string>([[strings.rows, count(overall.rows)]]);
  const { classes } = page.payload;
  const { metrics, predictedCounts, actualCounts } = overall;
  if (classes !== null && predictedCounts) {
    shareLines(predictedCounts, classes, strings.predictedShare, texts);
  }
  if (classes !== null && actualCounts) {
    shareLines(actualCounts, classes, strings.observedShare, texts);
  }
  const told: readonly (readonly [keyof typeof metricStrings.titles, (x: number) => string])[] =
    classes === null
      ? [
          ['mae', number],
          ['r2', number],
        ]
      : classes.length === 2
        ? [
            ['accuracy', percent],
            ['roc_auc', number],
          ]
        : [
            ['accuracy', percent],
            ['balanced_accuracy', percent],
          ];
  for (const [id, show] of told) {
    const value = metrics[id];
    const name = strings.ofTarget(metricStrings.titles[id], figuredTarget(page));
    if (typeof value === 'number') texts.set(name, show(value));
  }
  return texts;
}
