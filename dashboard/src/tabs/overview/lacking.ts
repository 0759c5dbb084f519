/** What a page lacks, each with what to do in Python to get it. */

import { type Page, type ViewData, withoutData } from '../../payload/page.ts';
import { lacking } from './strings.ts';

/** Return a sentence per part that is not there. */
export function lackingOf(page: Page, view: ViewData): string[] {
  const { rows, payload } = page;
  const found: string[] = [];
  const texts = payload.texts?.absent;
  if (texts !== undefined) found.push(texts);
  else if (view.local === null) found.push(lacking.local);
  // Words are no columns: nobody could pass their cells.
  const columns = view.columns.filter((column) => column.spec.word !== true);
  const absent = columns.filter((column) => column.absent !== undefined).length;
  const hasNoData = withoutData(page);
  if (hasNoData) found.push(lacking.data);
  else if (rows.count === 0 || (absent === columns.length && absent > 0)) found.push(lacking.rows);
  else if (absent > 0) found.push(lacking.cells(absent, columns.length));
  if (!hasNoData && rows.count > 0 && !rows.hasPredicted) found.push(lacking.predictions);
  if (!hasNoData && rows.count > 0 && !rows.hasActual) found.push(lacking.trueY);
  if (payload.model === null && payload.live === null && payload.recorded.length === 0) {
    // The note says why a model that was there is not in the page.
    if (payload.modelNote === undefined) found.push(lacking.model);
  }
  if (rows.count > 0 && rows.count < rows.total) {
    found.push(lacking.sample(rows.count, rows.total));
  }
  return found;
}
