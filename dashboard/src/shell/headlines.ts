/** The figures of the ribbon above all tabs. */

import { overallOf } from '../metrics/index.ts';
import type { Page, ViewData } from '../payload/page.ts';
import { figuredTarget } from '../state/outputs.ts';
import { count, number, percent } from '../text/numbers.ts';
import { heads, strings } from './strings.ts';

/** A figure and its name. */
interface Headline {
  readonly name: string;
  readonly text: string;
}

const MOST_CLASSES = 3;
/** How the sum of words that a text does not have is called: see `data/texts/worded.py`. */
const ABSENT = '(absent words)';

/** Return rows, features, class shares, and how good the model is where that is known. */
export function headlinesOf(page: Page): Headline[] {
  const { rows, payload, views } = page;
  const lines: Headline[] = [
    { name: heads.rows, text: strings.rows(rows.count, rows.total) },
    featuresOf(views[0]),
  ];
  const shares = predictedShares(page);
  if (shares !== null) lines.push({ name: heads.predicted, text: shares });
  const quality = qualityOf(page);
  if (quality !== null) lines.push(quality);
  if (payload.runId !== null) lines.push({ name: heads.run, text: payload.runId.slice(0, 8) });
  return lines;
}

/** How many features; of texts how many words, and columns beside them. */
function featuresOf({ columns, spec }: ViewData): Headline {
  const words = spec.features.filter((_, i) => columns[i]?.spec.word === true);
  if (words.length === 0) return { name: heads.features, text: count(spec.features.length) };
  const known = words.filter((name) => !name.endsWith(ABSENT)).length;
  return { name: heads.words, text: strings.words(known, spec.features.length - words.length) };
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
    .map((i) => strings.share(shortened(classes[i]), counts[i] / total));
  return strings.shares(shown, order.length > MOST_CLASSES);
}

const LONGEST = 40;

/** The ribbon is a line: names of many words are cut there, and whole everywhere else. */
function shortened(name: string): string {
  return name.length > LONGEST ? `${name.slice(0, LONGEST - 1)}\u2026` : name;
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
  const found = overallOf(page);
  if (found === null) return null;
  if (page.payload.classes === null) {
    const name = strings.ofTarget(heads.error, figuredTarget(page));
    const some = Number.isFinite(found.rows) && found.rows < page.rows.total;
    const show = (mae: number): string =>
      some ? strings.ofRows(number(mae), found.rows) : number(mae);
    return headline(name, found.mae, show);
  }
  return headline(heads.accuracy, found.accuracy, percent);
}

function headline(name: string, value: number, show: (x: number) => string): Headline | null {
  return Number.isNaN(value) ? null : { name, text: show(value) };
}
