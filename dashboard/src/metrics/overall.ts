/** How good the model is over all rows that were explained. */

import type { Page } from '../payload/page.ts';
import { everyRow } from '../stats/rows.ts';
import { labelFigures } from './figures.ts';
import { type Outcomes, outcomesOf } from './outcomes.ts';
import { valueFigures } from './values.ts';

/** Figures of predictions; NaN where one is not defined. */
export interface Quality {
  /** Rows with a known outcome that the figures are of; NaN where a sample does not tell. */
  readonly rows: number;
  readonly accuracy: number;
  readonly mae: number;
  readonly r2: number;
  /** Rows per observed class; none of a regression. */
  readonly observed: readonly number[];
}

const known = new WeakMap<Page, { readonly found: Quality | null }>();

/** Return the figures; null where outcomes or predictions are not known of any row. */
export function overallOf(page: Page): Quality | null {
  const made = known.get(page) ?? { found: computed(page) };
  known.set(page, made);
  return made.found;
}

function computed(page: Page): Quality | null {
  const { rows, payload } = page;
  if (!rows.hasActual || !rows.hasPredicted) return null;
  const found = payload.classes === null ? ofValues(page) : ofClasses(page, payload.classes);
  return found.rows > 0 ? found : null;
}

function ofClasses(page: Page, classes: readonly string[]): Quality {
  const whole = page.payload.overall?.confusion;
  const none = { mae: Number.NaN, r2: Number.NaN };
  if (whole !== undefined) {
    const observed = whole.map(total);
    const right = total(whole.map((line, i) => line[i]));
    return { ...none, rows: total(observed), accuracy: right / total(observed), observed };
  }
  const outcomes = outcomesOf(page, everyRow(page.rows.count));
  const observed = classes.map(() => 0);
  for (const actual of outcomes.actual) observed[actual]++;
  const told = page.payload.overall?.metrics.accuracy;
  const accuracy = told ?? labelFigures(outcomes, classes).accuracy?.value ?? Number.NaN;
  return { ...none, rows: outcomes.actual.length, accuracy, observed };
}

function ofValues(page: Page): Quality {
  const { overall } = page.payload;
  const none = { accuracy: Number.NaN, observed: [] };
  const outcomes = outcomesOf(page, everyRow(page.rows.count));
  if (overall !== null && typeof overall.metrics.mae === 'number') {
    const { mae, r2 } = overall.metrics;
    return { ...none, rows: knownOf(overall.rows, outcomes), mae, r2: r2 ?? Number.NaN };
  }
  const { mae, r2 } = valueFigures(outcomes.actual, outcomes.predicted);
  return { ...none, rows: outcomes.actual.length, mae, r2 };
}

/** Rows whose outcome is known, of all that were explained. */
function knownOf(explained: number, { actual, unknown }: Outcomes): number {
  if (actual.length + unknown >= explained) return actual.length;
  return unknown === 0 ? explained : Number.NaN;
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
