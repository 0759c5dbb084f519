/** What the what-if tab remembers while other tabs are open: row, edits, sweep. */

import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { type Change, changed, joined, type Value } from '../../model/cells.ts';
import type { Answers, Cells } from '../../model/evaluator.ts';
import { type Place, placeOf } from '../../state/attributions.ts';
import { outputNames, type Store } from '../../state/store.ts';
import { changesOf, type Editable, editablesOf } from './logic.ts';
import { type Asked, USUAL } from './sweep.ts';

/** The row, as it is and as it is edited. */
interface Edited {
  readonly row: number;
  readonly before: Cells;
  readonly after: Cells;
  /** Both, one after the other. */
  readonly both: Cells;
  readonly changes: readonly Change[];
}

/** Two features of a 2-D sweep, by input. */
interface Pair {
  readonly across: number;
  readonly up: number;
}

export interface Bench {
  readonly store: Store;
  readonly answers: Answers;
  readonly editables: readonly Editable[];
  /** Names of classes or targets. */
  readonly names: readonly string[];
  readonly edited: ReadonlySignal<Edited>;
  /** Class or target that curves and attributions are of. */
  readonly output: ReadonlySignal<number>;
  /** Where its attributions are. */
  readonly place: ReadonlySignal<Place>;
  /** Input that is swept. */
  readonly swept: Signal<number>;
  readonly asked: Signal<Asked>;
  /** What the row's curve is compared with: means over cohorts, or other rows that are picked. */
  readonly beside: Signal<'cohorts' | 'picked'>;
  readonly pair: Signal<Pair>;
  /** Milliseconds to wait before asking again: a server is not asked for every step of a drag. */
  readonly wait: number;
  /** Whether small differences may be the stand-in's own. */
  readonly isSurrogate: boolean;
  edit(input: number, value: Value): void;
  apply(edits: ReadonlyMap<number, Value>): void;
  reset(): void;
  /** Look at another row. */
  take(row: number): void;
}

const benches = new WeakMap<Answers, Bench>();

/** The bench of a page's model: made once. */
export function benchOf(store: Store, answers: Answers): Bench {
  const bench = benches.get(answers) ?? made(store, answers);
  benches.set(answers, bench);
  return bench;
}

function made(store: Store, answers: Answers): Bench {
  const editables = sorted(store, editablesOf(store.page, answers));
  const edits = signal<{ row: number; values: ReadonlyMap<number, Value> }>({
    row: -1,
    values: new Map(),
  });
  const row = computed(() => store.selected.value[0] ?? 0);
  const before = computed(() => answers.cellsOf([row.value]));
  const current = computed(() => (edits.value.row === row.value ? edits.value.values : NONE));
  const edited = computed(() => {
    const changes = changesOf(before.value, current.value);
    const after = changed(before.value, changes);
    const both = joined(before.value, after);
    return { row: row.value, before: before.value, after, both, changes };
  });
  const output = computed(() => outputOf(store, row.value));
  return {
    store,
    answers,
    editables,
    names: outputNames(store.page),
    edited,
    output,
    place: computed(() => placeOf(store.page.views[0], output.value)),
    swept: signal(editables[0]?.input ?? 0),
    asked: signal(USUAL),
    beside: signal<'cohorts' | 'picked'>('cohorts'),
    pair: signal({
      across: editables[0]?.input ?? 0,
      up: (editables[1] ?? editables[0])?.input ?? 0,
    }),
    wait: answers === store.evaluator ? 0 : 150,
    isSurrogate: answers === store.evaluator && store.evaluator?.model.mode === 'surrogate',
    edit: (input, value) => {
      edits.value = { row: row.value, values: new Map(current.value).set(input, value) };
    },
    apply: (values) => {
      edits.value = { row: row.value, values };
    },
    reset: () => {
      edits.value = { row: row.value, values: NONE };
    },
    take: store.pick,
  };
}

const NONE: ReadonlyMap<number, Value> = new Map();

/** The most important columns first. */
function sorted(store: Store, editables: Editable[]): Editable[] {
  const importance = store.page.views[0].spec.globals.values;
  return editables.sort(
    (a, b) => Math.abs(importance[b.feature] ?? 0) - Math.abs(importance[a.feature] ?? 0),
  );
}

/** The class that is looked at; where all are, the one the model says of the row. */
function outputOf(store: Store, row: number): number {
  const chosen = store.output.value;
  if (chosen !== 'all') return chosen;
  const predicted = store.page.rows.predicted(row);
  const isClass = store.page.payload.classes !== null;
  return isClass && Number.isFinite(predicted) ? predicted : 0;
}

/** The column of an input. */
export function editableOf(bench: Bench, input: number): Editable {
  return bench.editables.find((editable) => editable.input === input) ?? bench.editables[0];
}
