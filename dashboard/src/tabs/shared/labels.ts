/** What the importances of a class or target are called. */

import type { Page, ViewData } from '../../payload/page.ts';
import type { Store } from '../../state/store.ts';

/** Name of what importance speaks for; null for a single value. */
export function labelOf(page: Page, view: ViewData, output: number): string | null {
  const { classes } = page.payload;
  if (classes !== null) {
    // Importances of all classes together speak for none of them.
    return view.spec.mirrored || view.spec.outputs.length === classes.length
      ? classes[output]
      : null;
  }
  return view.spec.outputs.length > 1 ? view.spec.outputs[output] : null;
}

/** Name of the class looked at; null where all are, or where there is one value. */
export function chosenLabel(store: Store): string | null {
  const output = store.output.value;
  return output === 'all' ? null : labelOf(store.page, store.view.value, output);
}
