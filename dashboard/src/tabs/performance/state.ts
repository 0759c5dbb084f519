/** What a reader chose on this tab: kept while other tabs are looked at. */

import { type Signal, signal } from '@preact/signals';
import type { MetricId, Strategy } from '../../metrics/index.ts';
import { perStore } from '../../state/store.ts';

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
  /** Key of the group that is shown where only one can be; the first where it is gone. */
  readonly group: Signal<number>;
  /** Class of the curves, where the page looks at all of them. Null: the most frequent one. */
  readonly cls: Signal<number | null>;
  /** What was done last, said to the reader. */
  readonly said: Signal<string>;
}

/** Return what was chosen on the tab. */
export const stateOf = perStore(
  (): State => ({
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
  }),
);
