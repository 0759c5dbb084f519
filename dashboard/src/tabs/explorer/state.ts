/** What a reader chose in the data explorer: kept while other tabs are open. */

import { type Signal, signal } from '@preact/signals';
import { perStore } from '../../state/store.ts';
import type { ChartKind } from './kinds.ts';
import type { Picked } from './picking.ts';
import type { Key } from './readings.ts';

export interface State {
  /** Null: what is shown first. */
  readonly x: Signal<Key | null>;
  readonly y: Signal<Key | null>;
  readonly colour: Signal<Key | null>;
  readonly kind: Signal<ChartKind | 'auto'>;
  /** Key of the compared group that is drawn; -1, or one that is gone: all of them. */
  readonly group: Signal<number>;
  /** Features a reader looks for in the lists. */
  readonly find: Signal<string>;
  readonly picked: Signal<Picked | null>;
  readonly ticked: Signal<ReadonlySet<number>>;
  /** Columns of the table; null: the first ones. */
  readonly columns: Signal<readonly Key[] | null>;
  readonly search: Signal<string>;
}

/** Return what was chosen on the tab. */
export const stateOf = perStore(
  (): State => ({
    x: signal<Key | null>(null),
    y: signal<Key | null>(null),
    colour: signal<Key | null>(null),
    kind: signal<ChartKind | 'auto'>('auto'),
    group: signal(-1),
    find: signal(''),
    picked: signal<Picked | null>(null),
    ticked: signal<ReadonlySet<number>>(new Set()),
    columns: signal<readonly Key[] | null>(null),
    search: signal(''),
  }),
);
