/** What a reader chose in this tab: kept while other tabs are looked at. */

import { type Signal, signal } from '@preact/signals';
import type { Store } from '../../state/store.ts';
import type { SortBy } from './logic.ts';

export type Kind = 'bar' | 'box' | 'violin' | 'beeswarm';

export interface Choices {
  readonly kind: Signal<Kind>;
  readonly top: Signal<number>;
  readonly search: Signal<string>;
  readonly sortBy: Signal<SortBy>;
  /** Null: with signs except in bars. */
  readonly signed: Signal<boolean | null>;
  /** Feature that colours the dependence plot; -1: the page chooses, -2: none. */
  readonly partner: Signal<number>;
  /** Which of the compared groups the dependence plot shows. */
  readonly group: Signal<number>;
  readonly withModel: Signal<boolean>;
}

/** Whether values keep their signs. */
export function isSigned(choices: Choices): boolean {
  return choices.signed.value ?? choices.kind.value !== 'bar';
}

const known = new WeakMap<Store, Choices>();

export function choicesOf(store: Store): Choices {
  const found = known.get(store);
  if (found !== undefined) return found;
  const made: Choices = {
    kind: signal<Kind>('bar'),
    top: signal(10),
    search: signal(''),
    sortBy: signal<SortBy>(0),
    signed: signal<boolean | null>(null),
    partner: signal(-1),
    group: signal(0),
    withModel: signal(false),
  };
  known.set(store, made);
  return made;
}
