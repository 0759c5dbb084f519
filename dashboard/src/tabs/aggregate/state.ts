/** What a reader chose in this tab: kept while other tabs are looked at. */

import { type Signal, signal } from '@preact/signals';
import { perStore } from '../../state/store.ts';
import type { SortBy } from './logic.ts';

export type Kind = 'bar' | 'box' | 'violin' | 'beeswarm';

/** Choices of a colour that are no feature. */
export const AUTOMATIC = -1;
export const NONE = -2;

export interface State {
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
export function isSigned(choices: State): boolean {
  return choices.signed.value ?? choices.kind.value !== 'bar';
}

/** Return what was chosen on the tab. */
export const stateOf = perStore(
  (): State => ({
    kind: signal<Kind>('bar'),
    top: signal(10),
    search: signal(''),
    sortBy: signal<SortBy>(0),
    signed: signal<boolean | null>(null),
    partner: signal(-1),
    group: signal(0),
    withModel: signal(false),
  }),
);
