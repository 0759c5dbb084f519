/** What a reader has to know of the limits of a page: sentences. */

import type { Page, ViewData } from '../../payload/page.ts';
import { modeText } from '../shared/mode.ts';
import { strings } from './strings.ts';

/** Return the limits of a page, and of the features looked at. */
export function limitsOf(page: Page, view: ViewData): string[] {
  const { rows, payload } = page;
  const { limit } = strings;
  const found: string[] = [];
  if (rows.count === 0) found.push(limit.none);
  else if (rows.count < rows.total) found.push(limit.sample(rows.count, rows.total));
  else found.push(limit.all(rows.count));
  if (payload.rows.sampled !== undefined) found.push(payload.rows.sampled);
  const features = view.spec.features.length;
  const absent = view.columns.filter(
    (column) => column.absent !== undefined && column.spec.word !== true,
  ).length;
  if (absent > 0 && rows.count > 0) found.push(limit.absent(absent));
  if (view.local !== null) {
    found.push(limit.quantised);
    const kept = view.local.kept.length;
    if (kept > 0 && kept < features) found.push(limit.fewKept(kept, features));
  }
  const leftOut = view.spec.globals.leftOut ?? 0;
  if (leftOut > 0) found.push(limit.leftOut(leftOut));
  found.push(modeText(payload));
  const { model } = payload;
  if (model !== null && model.mode === 'surrogate') {
    found.push(limit.surrogate(model.checkedRows, model.maxError));
  }
  if (payload.live === null) found.push(limit.offline);
  return [...new Set(found)];
}
