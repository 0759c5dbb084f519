/** In which direction features act: sentences from values and importances of single rows. */

import type { ColumnData } from '../../payload/columns.ts';
import type { Page, ViewData } from '../../payload/page.ts';
import { attributionsOf, type Scale } from '../../state/attributions.ts';
import { spearman } from '../../stats/ranks.ts';
import { labelOf } from '../shared/labels.ts';
import { importancesOf, telling } from './importances.ts';
import { directions } from './strings.ts';

/** As many features are told of. */
const TOLD = 5;
/** From this size on, a rank correlation is called a direction; so is a correlation ratio. */
export const CLEAR = 0.6;
/** Fewer rows say nothing. */
export const LEAST_ROWS = 30;
/** Categories with fewer rows are passed over. */
const LEAST_OF_CATEGORY = 10;

/** Ranks are of as many rows: more tell no more, and take long. */
const MOST_RANKED = 10_000;

/** What is said of one feature; null: there is no one direction. */
type Said = string | null | 'nothing';

/** Return sentences on directions; for all classes together each feature's main class is told. */
export function directionsOf(
  page: Page,
  view: ViewData,
  output: number | 'all',
  scale: Scale,
): string[] {
  if (view.local === null) return [directions.noLocal];
  if (page.rows.count < LEAST_ROWS) return [directions.few(page.rows.count)];
  const found = importancesOf(view, output);
  const mattering = telling(found);
  if (mattering.length === 0) return [directions.noneMatters];
  const features = mattering.filter((i) => view.local?.kept.includes(i));
  const sentences: string[] = [];
  let ranked = false;
  const unclear: string[] = [];
  for (const feature of features.slice(0, TOLD)) {
    const cls = output === 'all' ? mainOutput(view, feature) : output;
    const said = directionOf(page, view, feature, cls, scale);
    if (said === null) unclear.push(view.spec.features[feature]);
    else if (said !== 'nothing') sentences.push(said);
    ranked ||= said !== 'nothing' && view.columns[feature].values.length === 0;
  }
  if (unclear.length > 0) sentences.push(directions.unclear(unclear));
  if (ranked)
    sentences.push(directions.how(CLEAR, Math.min(MOST_RANKED, page.rows.count), page.rows.count));
  return sentences.length > 0 ? sentences : [whyNone(view, features)];
}

/** Return why no direction can be told of features that matter. */
function whyNone(view: ViewData, features: readonly number[]): string {
  if (features.length === 0) return directions.noKept;
  if (features.some((i) => view.columns[i]?.spec.word === true)) return directions.ofWords;
  const isThere = features.slice(0, TOLD).some((i) => view.columns[i]?.absent === undefined);
  return isThere ? directions.noSpread : directions.noCells;
}

/** The class a feature matters most for. */
function mainOutput(view: ViewData, feature: number): number {
  const sizes = view.spec.globals.perOutput.map((values) => values[feature]);
  if (view.spec.mirrored) return 1;
  return sizes.reduce((best, size, i) => (size > sizes[best] ? i : best), 0);
}

function directionOf(
  page: Page,
  view: ViewData,
  feature: number,
  output: number,
  scale: Scale,
): Said {
  const column = view.columns[feature];
  const importance = attributionsOf(view, output, scale)?.column(feature);
  if (importance == null || column === undefined || column.absent !== undefined) return 'nothing';
  const label = labelOf(page, view, output);
  if (column.values.length > 0) return ofCategories(column, importance, label);
  const step = Math.max(1, importance.length / MOST_RANKED);
  const rows = Uint32Array.from({ length: importance.length / step }, (_, i) =>
    Math.floor(i * step),
  );
  const { rho, pairs } = spearman(
    Float64Array.from(rows, (row) => column.number(row)),
    Float64Array.from(rows, (row) => importance[row]),
  );
  if (pairs < LEAST_ROWS || Number.isNaN(rho)) return 'nothing';
  if (Math.abs(rho) < CLEAR) return null;
  return (rho > 0 ? directions.rising : directions.falling)(column.name, rho, label);
}

/** The categories with the largest and smallest mean, where categories tell most of the importance. */
function ofCategories(column: ColumnData, importance: Float64Array, label: string | null): Said {
  const groups = column.values.map(() => ({ n: 0, sum: 0 }));
  let [n, sum, squares] = [0, 0, 0];
  for (const [row, value] of importance.entries()) {
    const code = column.number(row);
    if (Number.isNaN(code) || !Number.isFinite(value)) continue;
    groups[code].n++;
    groups[code].sum += value;
    n++;
    sum += value;
    squares += value * value;
  }
  const total = squares - (sum * sum) / n;
  const between =
    groups.reduce((a, g) => a + (g.n > 0 ? (g.sum * g.sum) / g.n : 0), 0) - (sum * sum) / n;
  const means = groups
    .map((group, code) => ({ name: column.values[code], n: group.n, mean: group.sum / group.n }))
    .filter((group) => group.n >= LEAST_OF_CATEGORY)
    .sort((a, b) => b.mean - a.mean);
  const [best] = means;
  const worst = means.at(-1);
  if (n < LEAST_ROWS || means.length < 2 || worst === undefined) return 'nothing';
  if (!(total > 0) || Math.sqrt(Math.max(0, between) / total) < CLEAR) return null;
  return directions.categories(column.name, best, worst, label);
}
