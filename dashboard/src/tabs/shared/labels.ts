/** What the importances of a class or target are called. */

import { labelOf } from '../../state/outputs.ts';
import type { Store } from '../../state/store.ts';

export { labelOf };

/** Name of the class looked at; null where all are, or where there is one value. */
export function chosenLabel(store: Store): string | null {
  const output = store.output.value;
  return output === 'all' ? null : labelOf(store.page, store.view.value, output);
}
