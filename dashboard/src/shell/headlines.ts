/** The figures of the ribbon above all tabs. */

import type { Page } from '../payload/page.ts';
import { count, number, percent } from '../ui/numbers.ts';
import { strings } from './strings.ts';

/** A figure and its name. */
export interface Headline {
  readonly name: string;
  readonly text: string;
}

const MOST_CLASSES = 3;

/** Return rows, features, class shares, and how good the model is where that is known. */
export function headlinesOf(page: Page): Headline[] {
  const { rows, payload, views } = page;
  const lines: Headline[] = [
    { name: 'Rows', text: strings.rows(rows.count, rows.total) },
    { name: 'Features', text: count(views[0].spec.features.length) },
  ];
  const shares = predictedShares(page);
  if (shares !== null) lines.push({ name: 'Predicted', text: shares });
  const quality = qualityOf(page);
  if (quality !== null) lines.push(quality);
  if (payload.runId !== null) lines.push({ name: 'Run', text: payload.runId.slice(0, 8) });
  return lines;
}

function predictedShares(page: Page): string | null {
  const { rows, payload } = page;
  if (!rows.hasPredicted || payload.classes === null || rows.count === 0) return null;
  const counts = payload.overall?.predictedCounts ?? counted(page, payload.classes.length);
  const total = counts.reduce((sum, n) => sum + n, 0);
  if (total === 0) return null;
  const order = counts.map((_, i) => i).sort((a, b) => counts[b] - counts[a]);
  const classes = payload.classes;
  const shown = order
    .slice(0, MOST_CLASSES)
    .map((i) => strings.share(classes[i], counts[i] / total));
  return shown.join(', ') + (order.length > MOST_CLASSES ? ', …' : '');
}

function counted(page: Page, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (let row = 0; row < page.rows.count; row++) {
    const cls = page.rows.predicted(row);
    if (!Number.isNaN(cls)) counts[cls]++;
  }
  return counts;
}

function qualityOf(page: Page): Headline | null {
  const { rows } = page;
  if (!rows.hasActual || !rows.hasPredicted) return null;
  return page.payload.classes === null ? meanError(page) : accuracy(page);
}

function accuracy(page: Page): Headline | null {
  const known = page.payload.overall?.metrics.accuracy;
  if (typeof known === 'number') return { name: 'Accuracy', text: percent(known) };
  let right = 0;
  let total = 0;
  for (let row = 0; row < page.rows.count; row++) {
    const actual = page.rows.actual(row);
    if (Number.isNaN(actual)) continue;
    total++;
    if (actual === page.rows.predicted(row)) right++;
  }
  return total === 0 ? null : { name: 'Accuracy', text: percent(right / total) };
}

function meanError(page: Page): Headline | null {
  const known = page.payload.overall?.metrics.mae;
  if (typeof known === 'number') return { name: 'Mean error', text: number(known) };
  let sum = 0;
  let total = 0;
  for (let row = 0; row < page.rows.count; row++) {
    const error = Math.abs(page.rows.actual(row) - page.rows.predicted(row));
    if (Number.isNaN(error)) continue;
    total++;
    sum += error;
  }
  return total === 0 ? null : { name: 'Mean error', text: number(sum / total) };
}
