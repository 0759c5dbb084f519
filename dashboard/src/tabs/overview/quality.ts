/** How good the model is, and how far its importances can be trusted: sentences. */

import { overallOf, type Quality } from '../../metrics/index.ts';
import type { Page, ViewData } from '../../payload/page.ts';
import { attributionsOf } from '../../state/attributions.ts';
import { figuredTarget } from '../../state/outputs.ts';
import { unitOf } from '../../state/units.ts';
import { isOfSurrogate } from '../shared/mode.ts';
import { quality, trust } from './strings.ts';

/** Return sentences on how good predictions are, over all rows that were explained. */
export function qualityOf(page: Page): string[] {
  const { hasActual, hasPredicted } = page.rows;
  if (!hasPredicted) return [quality.noPredictions];
  if (!hasActual) return [quality.unknown];
  const found = overallOf(page);
  if (found === null) return [quality.unknown];
  const { classes } = page.payload;
  const target = figuredTarget(page);
  const said = classes === null ? ofValues(found, target) : ofClasses(found, classes);
  if (said.length === 0) return [quality.unknown];
  return [...said, ...(target === null ? [] : [quality.target(target)]), quality.own];
}

function ofClasses(found: Quality, classes: readonly string[]): string[] {
  const { accuracy, observed, rows } = found;
  const most = observed.indexOf(Math.max(...observed));
  const share = observed[most] / observed.reduce((a, b) => a + b, 0);
  const lesser = accuracy < share ? quality.fewer : quality.noBetter;
  const compared = accuracy > share ? quality.majority : lesser;
  return [quality.right(accuracy, rows), compared(classes[most], share)];
}

function ofValues({ mae, r2, rows }: Quality, target: string | null): string[] {
  if (!Number.isFinite(mae)) return [];
  const said = [quality.error(mae, rows, target)];
  if (Number.isFinite(r2)) said.push(r2 > 0 ? quality.explained(r2) : quality.worse(r2));
  return said;
}

/** Return sentences on how far the importances can be trusted. */
export function trustOf(page: Page, view: ViewData): string[] {
  const isSurrogate = isOfSurrogate(page.payload);
  return [
    ...(isSurrogate ? ofSurrogate(view) : []),
    ...ofSums(page, view, trust.model),
    // What misses the model's output is the surrogate, not the sum.
    ...(isSurrogate && view.local !== null && !view.spec.additive ? [trust.distance] : []),
    ...ofEstimates(view),
    ...ofCurves(view),
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

/** How the model's output moves as tokens are taken out and put in, beside a random order. */
function ofCurves({ spec: { quality: known } }: ViewData): string[] {
  const { deletion_auc: out, deletion_auc_random: outAtRandom } = known;
  const { insertion_auc: back, insertion_auc_random: backAtRandom } = known;
  if (out === undefined || outAtRandom === undefined) return [];
  const said = [trust.deletion(out, outAtRandom, known.curve_documents)];
  if (back !== undefined && backAtRandom !== undefined) {
    said.push(trust.insertion(back, backAtRandom));
  }
  return said;
}
