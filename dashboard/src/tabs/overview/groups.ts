/** Where cohorts differ from all rows: in how good predictions are, and in what matters. */

import {
  difference,
  type Estimate,
  labelFigures,
  outcomesOf,
  valueEstimates,
} from '../../metrics/index.ts';
import type { Page, ViewData } from '../../payload/page.ts';
import { attributionsOf, type Scale } from '../../state/attributions.ts';
import { type CohortRows, FEW_ROWS } from '../../state/cohorts.ts';
import { figuredTarget } from '../../state/outputs.ts';
import { everyRow } from '../../stats/rows.ts';
import { number, percent } from '../../text/numbers.ts';
import { importancesOf, telling } from './importances.ts';
import { groups as said } from './strings.ts';

/** As many features are compared. */
const COMPARED = 10;
/** A feature matters more, or less, from this ratio of mean sizes on... */
const NOTABLE = 1.25;
/** ...and from this many standard errors of the difference: several features are looked at. */
const SURE = 3;

/** Return sentences on the cohorts shown. */
export function differencesOf(
  page: Page,
  view: ViewData,
  output: number | 'all',
  scale: Scale,
  compared: readonly CohortRows[],
): string[] {
  const cohorts = compared.filter((group) => group.cohort !== null);
  if (cohorts.length === 0) return [said.none];
  const all = everyRow(page.rows.count);
  return cohorts.flatMap((group) => {
    if (group.rows.length < FEW_ROWS) return [said.few(group.name, group.rows.length)];
    const found = [
      ...ofQuality(page, group, all),
      ...ofImportance(view, output, scale, group, all),
    ];
    return found.length > 0 ? found : [said.alike(group.name)];
  });
}

function ofQuality(page: Page, group: CohortRows, all: Uint32Array): string[] {
  if (!page.rows.hasActual || !page.rows.hasPredicted) return [];
  const { classes } = page.payload;
  const estimate = (rows: Uint32Array): Estimate | undefined => {
    const outcomes = outcomesOf(page, rows);
    return classes === null
      ? valueEstimates(outcomes).mae
      : labelFigures(outcomes, classes).accuracy;
  };
  const [own, whole] = [estimate(group.rows), estimate(all)];
  if (own === undefined || whole === undefined) return [];
  const found = difference(own, whole);
  if (found === null || !found.clear) return [];
  const isShare = classes !== null;
  const show = isShare ? percent : number;
  return [
    said.metric(
      group.name,
      isShare ? said.accuracy : said.error(figuredTarget(page)),
      show(own.value),
      show(whole.value),
      isShare === found.value < 0,
    ),
  ];
}

/** The feature whose mean size differs most, where it does for sure. */
function ofImportance(
  view: ViewData,
  output: number | 'all',
  scale: Scale,
  group: CohortRows,
  all: Uint32Array,
): string[] {
  if (view.local === null || group.rows.length === all.length) return [];
  const features = telling(importancesOf(view, output)).slice(0, COMPARED);
  let best: { feature: number; own: number; whole: number; ratio: number } | null = null;
  for (const feature of features) {
    const sizes = sizesOf(view, output, scale, feature);
    if (sizes === null) continue;
    const [own, whole] = [momentsOf(sizes, group.rows), momentsOf(sizes, all)];
    const part = group.rows.length / all.length;
    const error = Math.sqrt(Math.max(0, own.error ** 2 * (1 - 2 * part) + whole.error ** 2));
    const ratio = Math.max(own.mean / whole.mean, whole.mean / own.mean);
    if (!(ratio >= NOTABLE) || !(Math.abs(own.mean - whole.mean) > SURE * error)) continue;
    if (best === null || ratio > best.ratio) {
      best = { feature, own: own.mean, whole: whole.mean, ratio };
    }
  }
  if (best === null) return [];
  const say = best.own > best.whole ? said.more : said.less;
  return [say(group.name, view.spec.features[best.feature], best.own, best.whole)];
}

/** |importance| of a feature in every row, the mean over classes where all are looked at. */
function sizesOf(
  view: ViewData,
  output: number | 'all',
  scale: Scale,
  feature: number,
): Float64Array | null {
  const wanted = output === 'all' ? view.spec.outputs.map((_, i) => i) : [output];
  const columns = wanted.map((one) => attributionsOf(view, one, scale)?.column(feature) ?? null);
  const [first] = columns;
  if (first == null || columns.includes(null)) return null;
  return first.map((_, row) =>
    columns.reduce((sum, column) => sum + Math.abs(column?.[row] ?? 0) / columns.length, 0),
  );
}

function momentsOf(
  sizes: Float64Array,
  rows: Uint32Array,
): { readonly mean: number; readonly error: number } {
  let [n, mean, squares] = [0, 0, 0];
  for (const row of rows) {
    const value = sizes[row];
    if (Number.isNaN(value)) continue;
    n++;
    const step = value - mean;
    mean += step / n;
    squares += step * (value - mean);
  }
  return { mean, error: n > 1 ? Math.sqrt(squares / (n - 1) / n) : Number.POSITIVE_INFINITY };
}
