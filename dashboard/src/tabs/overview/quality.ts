/** How good the model is, and how far its importances can be trusted: sentences. */

import { labelFigures, outcomesOf } from '../../metrics/index.ts';
import { valueFigures } from '../../metrics/values.ts';
import type { Page, ViewData } from '../../payload/page.ts';
import { attributionsOf } from '../../state/attributions.ts';
import { everyRow } from '../../state/rows.ts';
import { unitOf } from '../../state/units.ts';
import { quality, trust } from './strings.ts';

/** Return sentences on how good predictions are, over all rows that were explained. */
export function qualityOf(page: Page): string[] {
  const { hasActual, hasPredicted } = page.rows;
  if (!hasPredicted) return [quality.noPredictions];
  if (!hasActual) return [quality.unknown];
  const said =
    page.payload.classes === null ? ofValues(page) : ofClasses(page, page.payload.classes);
  return said.length === 0 ? [quality.unknown] : [...said, quality.own];
}

function ofClasses(page: Page, classes: readonly string[]): string[] {
  const outcomes = outcomesOf(page, everyRow(page.rows.count));
  const whole = page.payload.overall?.confusion;
  let counts = classes.map(() => 0);
  let accuracy = labelFigures(outcomes, classes).accuracy?.value ?? Number.NaN;
  if (whole === undefined) for (const actual of outcomes.actual) counts[actual]++;
  else {
    counts = whole.map((line) => line.reduce((a, b) => a + b, 0));
    const right = whole.reduce((sum, line, i) => sum + line[i], 0);
    accuracy = right / counts.reduce((a, b) => a + b, 0);
  }
  const total = counts.reduce((a, b) => a + b, 0);
  if (total === 0) return [];
  const most = counts.indexOf(Math.max(...counts));
  const share = counts[most] / total;
  const compared = accuracy > share ? quality.majority : quality.noBetter;
  return [quality.right(accuracy, total), compared(classes[most], share)];
}

function ofValues(page: Page): string[] {
  const outcomes = outcomesOf(page, everyRow(page.rows.count));
  const known = page.payload.overall?.metrics;
  const own = valueFigures(outcomes.actual, outcomes.predicted);
  const isWhole = typeof known?.mae === 'number';
  const mae = isWhole ? Number(known?.mae) : own.mae;
  const r2 = isWhole ? (known?.r2 ?? Number.NaN) : own.r2;
  const rows = isWhole ? (page.payload.overall?.rows ?? 0) : outcomes.actual.length;
  if (!Number.isFinite(mae)) return [];
  const said = [quality.error(mae, rows)];
  if (Number.isFinite(r2)) said.push(r2 > 0 ? quality.explained(r2) : quality.worse(r2));
  return said;
}

/** Return sentences on how far the importances can be trusted. */
export function trustOf(page: Page, view: ViewData): string[] {
  const isSurrogate = page.payload.method === 'mimic';
  return [
    ...(isSurrogate ? ofSurrogate(view) : []),
    ...ofSums(page, view, isSurrogate ? trust.surrogate : trust.model),
    ...ofEstimates(view),
  ];
}

function ofSums(page: Page, view: ViewData, what: string): string[] {
  if (view.local === null) return [trust.globalOnly];
  const error = view.spec.quality.additivity_error_max;
  if (view.spec.additive) {
    return [
      error === undefined ? trust.taken(what) : trust.exact(what, error, unitOf(view.spec.space)),
    ];
  }
  if (error === undefined) return [trust.unsure(what)];
  return [trust.off(what, error, unitOf(view.spec.space), spanOf(page, view))];
}

/** Smallest and largest sum of the rows: what an error has to be compared with. */
function spanOf(page: Page, view: ViewData): readonly [number, number] | null {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const output of view.spec.mirrored ? [1] : view.spec.outputs.keys()) {
    const found = attributionsOf(view, output, 'kept');
    if (found === null) return null;
    for (let row = 0; row < page.rows.count; row++) {
      const sum = found.sum(row);
      if (sum < low) low = sum;
      if (sum > high) high = sum;
    }
  }
  return low <= high ? [low, high] : null;
}

function ofSurrogate(view: ViewData): string[] {
  const { quality: known } = view.spec;
  const heldOut = known.fidelity_r2 !== undefined;
  const r2 = known.fidelity_r2 ?? known.fidelity_r2_train;
  const share = heldOut ? known.fidelity_agreement : known.fidelity_agreement_train;
  const said: string[] = [trust.isSurrogate];
  if (r2 !== undefined) said.push((r2 > 0 ? trust.fidelity : trust.poorFidelity)(r2, heldOut));
  if (r2 !== undefined && share !== undefined) said.push(trust.agreement(share));
  return said;
}

function ofEstimates(view: ViewData): string[] {
  const error = view.spec.quality.standard_error_max;
  return error === undefined ? [] : [trust.standardError(error, unitOf(view.spec.space))];
}
