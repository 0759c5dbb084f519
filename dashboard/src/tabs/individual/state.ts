/** What a reader chose in this tab: kept while other tabs are looked at. */

import { type Signal, signal } from '@preact/signals';
import type { Store } from '../../state/store.ts';

export type Kind = 'bars' | 'waterfall' | 'force' | 'decision';
export type Picker = 'scatter' | 'table';

export interface Choices {
  readonly kind: Signal<Kind>;
  readonly top: Signal<number>;
  readonly picker: Signal<Picker>;
  /** Column across the scatter; -1: what was observed, -2: the page chooses. */
  readonly across: Signal<number>;
  readonly id: Signal<string>;
}

const known = new WeakMap<Store, Choices>();

export function choicesOf(store: Store): Choices {
  const found = known.get(store);
  if (found !== undefined) return found;
  const made: Choices = {
    kind: signal<Kind>('waterfall'),
    top: signal(10),
    picker: signal<Picker>('scatter'),
    across: signal(-2),
    id: signal(''),
  };
  known.set(store, made);
  return made;
}
