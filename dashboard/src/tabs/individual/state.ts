/** What a reader chose in this tab: kept while other tabs are looked at. */

import { type Signal, signal } from '@preact/signals';
import { perStore } from '../../state/store.ts';

export type Kind = 'bars' | 'waterfall' | 'force' | 'decision';
export type Picker = 'scatter' | 'table';

export interface State {
  readonly kind: Signal<Kind>;
  readonly top: Signal<number>;
  readonly picker: Signal<Picker>;
  /** Column across the scatter; -1: what was observed, -2: the page chooses. */
  readonly across: Signal<number>;
}

/** Return what was chosen on the tab. */
export const stateOf = perStore(
  (): State => ({
    kind: signal<Kind>('waterfall'),
    top: signal(10),
    picker: signal<Picker>('scatter'),
    across: signal(-2),
  }),
);
