/** What a reader chose on this tab: kept while other tabs are looked at. */

import { type Signal, signal } from '@preact/signals';
import type { MetricId, Strategy } from '../../metrics/index.ts';
import type { Store } from '../../state/store.ts';

export type Shape = 'box' | 'violin' | 'histogram';
export type Normalised = 'actual' | 'predicted' | 'all';

export interface State {
  /** Keys of quantities: `distributions.ts`. Null: what is shown first. */
  readonly x: Signal<string | null>;
  readonly y: Signal<string>;
  readonly only: Signal<string>;
  readonly shape: Signal<Shape>;
  readonly normalised: Signal<Normalised>;
  readonly strategy: Signal<Strategy>;
  readonly sweep: Signal<MetricId>;
  /** Which of the groups is shown where only one can be. */
  readonly group: Signal<number>;
  /** Class of the curves, where the page looks at all of them. Null: the most frequent one. */
  readonly cls: Signal<number | null>;
  /** What was done last, said to the reader. */
  readonly said: Signal<string>;
}

const states = new WeakMap<Store, State>();

/** Return the state of the tab for a store. */
export function stateOf(store: Store): State {
  const found = states.get(store);
  if (found !== undefined) return found;
  const made: State = {
    x: signal<string | null>(null),
    y: signal(''),
    only: signal(''),
    shape: signal<Shape>('histogram'),
    normalised: signal<Normalised>('actual'),
    strategy: signal<Strategy>('quantile'),
    sweep: signal<MetricId>('f1'),
    group: signal(0),
    cls: signal<number | null>(null),
    said: signal(''),
  };
  states.set(store, made);
  return made;
}
