/** What the importances of a class or target are called. */

import type { Page } from '../../payload/page.ts';
import { labelOf } from '../../state/outputs.ts';
import type { Store } from '../../state/store.ts';

export { labelOf };

/** Name of the class looked at; null where all are, or where there is one value. */
export function chosenLabel(store: Store): string | null {
  const output = store.output.value;
  return output === 'all' ? null : labelOf(store.page, store.view.value, output);
}

/** The class or target that is explained: of all together, the one predicted for the row. */
export function outputFor(page: Page, output: number | 'all', row: number | undefined): number {
  if (output !== 'all') return output;
  const classes = page.payload.classes;
  if (classes === null || row === undefined || !page.rows.hasPredicted) return 0;
  const predicted = page.rows.predicted(row);
  return Number.isNaN(predicted) ? 0 : predicted;
}
