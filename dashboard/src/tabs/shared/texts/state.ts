/** What a reader chose for texts: kept while other tabs are looked at, and the same on all. */

import { type Signal, signal } from '@preact/signals';
import { perStore } from '../../../state/store.ts';
import type { By } from './logic.ts';

interface State {
  readonly by: Signal<By>;
  /** How many of the strongest tokens are marked; without an end all are. */
  readonly top: Signal<number>;
}

export const stateOf = perStore(
  (): State => ({ by: signal<By>('tokens'), top: signal(Number.POSITIVE_INFINITY) }),
);
