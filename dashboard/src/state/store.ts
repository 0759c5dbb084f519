/** What a reader changes: signals that every part of the page reads. One store per page. */

import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { type Evaluator, evaluatorOf } from '../model/index.ts';
import type { Page, ViewData } from '../payload/page.ts';
import type { Filter } from '../payload/types.ts';
import type { Scale } from './attributions.ts';
import { added, type Cohort, type CohortRows, compared } from './cohorts.ts';
import { measured } from './measure.ts';

export type TabId =
  | 'overview'
  | 'performance'
  | 'explorer'
  | 'aggregate'
  | 'individual'
  | 'text'
  | 'whatif'
  | 'about';

/** A row a reader made by editing another. */
export interface MadeRow {
  readonly name: string;
  /** Position of the row it was made from. */
  readonly from: number;
  /** Cells by column: numbers (NaN: missing), or labels (null: missing). */
  readonly cells: Readonly<Record<string, number | string | null>>;
}

/** As many rows as can be told apart side by side. */
export const MOST_SELECTED = 5;

/** The state of a page. */
export interface Store {
  readonly page: Page;
  /** The model in the page; null where there is none. */
  readonly evaluator: Evaluator | null;
  readonly tab: Signal<TabId>;
  /** Which of the page's views: raw features, or engineered ones. */
  readonly viewIndex: Signal<number>;
  readonly view: ReadonlySignal<ViewData>;
  /** Class or target that is looked at, or all of them together. */
  readonly output: Signal<number | 'all'>;
  /** Unit of attributions and outputs: as they are kept, or as probability where that is possible. */
  readonly scale: Signal<Scale>;
  /** Probability of two classes from which the second one counts as predicted. */
  readonly threshold: Signal<number>;
  readonly cohorts: Signal<readonly Cohort[]>;
  /** Whether all rows stand beside the cohorts. */
  readonly withAll: Signal<boolean>;
  /** The groups drawn side by side: one to three. */
  readonly compared: ReadonlySignal<readonly CohortRows[]>;
  /** Positions of the rows a reader picked, the last one first. */
  readonly selected: Signal<readonly number[]>;
  /** The row that gave way to the last one picked; null where there was room. */
  readonly dropped: Signal<number | null>;
  /** Feature of the dependence plot, by position in the view; null for none. */
  readonly feature: Signal<number | null>;
  readonly made: Signal<readonly MadeRow[]>;
  readonly theme: Signal<'auto' | 'light' | 'dark'>;
  /** Pick a row: it comes first, and the oldest gives way where there is no room. */
  pick(row: number): void;
  /** Pick a row, and go to where single rows are looked at. */
  open(row: number, tab?: TabId): void;
  /** Pick a row, or put it back. */
  toggle(row: number): void;
  /** Add a cohort, and compare it where there is room. */
  addCohort(name: string, filter: Filter): void;
}

/** Return the store of a page. */
export function storeOf(page: Page): Store {
  const { payload } = page;
  const viewIndex = signal(0);
  const cohorts = signal<readonly Cohort[]>(
    payload.cohorts.reduce<Cohort[]>((all, { name, filter }) => added(all, name, filter), []),
  );
  const withAll = signal(true);
  const selected = signal<readonly number[]>([]);
  const dropped = signal<number | null>(null);
  const pick = (row: number) => {
    const all = [row, ...selected.value.filter((r) => r !== row)];
    dropped.value = all[MOST_SELECTED] ?? null;
    selected.value = all.slice(0, MOST_SELECTED);
  };
  const tab = signal<TabId>('overview');
  const feature = signal<number | null>(null);
  const view = computed(() => page.views[viewIndex.value]);
  return {
    page,
    evaluator:
      payload.model === null ? null : evaluatorOf(payload.model, page.array, page.views[0].columns),
    tab,
    viewIndex,
    view,
    output: signal<number | 'all'>(firstOutput(page)),
    scale: signal<Scale>('kept'),
    threshold: signal(0.5),
    cohorts,
    withAll,
    compared: computed(() =>
      measured('mlx-cohort', () => compared(page, cohorts.value, withAll.value)),
    ),
    selected,
    dropped,
    feature,
    made: signal<readonly MadeRow[]>([]),
    theme: signal<'auto' | 'light' | 'dark'>('auto'),
    pick,
    open: (row, to = 'individual') => {
      pick(row);
      tab.value = to;
    },
    toggle: (row) => {
      if (!selected.value.includes(row)) {
        pick(row);
        return;
      }
      dropped.value = null;
      selected.value = selected.value.filter((r) => r !== row);
    },
    addCohort: (name, filter) => {
      cohorts.value = added(cohorts.value, name, filter);
    },
  };
}

/** Of two classes the second is looked at first, of more all together. */
function firstOutput(page: Page): number | 'all' {
  const classes = page.payload.classes;
  if (classes === null) return page.views[0].spec.outputs.length > 1 ? 'all' : 0;
  return classes.length === 2 ? 1 : 'all';
}

/** Names a reader chooses an output from: classes, or targets. */
export function outputNames(page: Page): readonly string[] {
  return page.payload.classes ?? page.views[0].spec.outputs;
}

/** Return what a part of the page keeps while other parts are looked at: made once for a store. */
export function perStore<T>(make: (store: Store) => T): (store: Store) => T {
  const made = new WeakMap<Store, { readonly value: T }>();
  return (store) => {
    const found = made.get(store) ?? { value: make(store) };
    made.set(store, found);
    return found.value;
  };
}

const Context = createContext<Store | null>(null);

/** Gives a store to the page below it. */
export const StoreProvider = Context.Provider;

/** Return the store of the page. */
export function useStore(): Store {
  const store = useContext(Context);
  if (store === null) throw new Error('No store above this part of the page.');
  return store;
}
