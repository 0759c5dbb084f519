/** The text of a row as a reader edits it: kept while other tabs are looked at. */

import { type Signal, signal } from '@preact/signals';
import { perStore, useStore } from '../../state/store.ts';
import { isSameShown, typed } from './logic.ts';

/** Milliseconds a reader who types rests before the model is asked. */
const PAUSE = 400;

interface Kept {
  readonly row: number;
  readonly text: string;
  readonly wait: number;
}

const keptOf = perStore((): Signal<Kept | null> => signal(null));

export interface Draft {
  readonly original: string;
  readonly text: string;
  readonly isEdited: boolean;
  /** Milliseconds to wait before the model is asked. */
  readonly wait: number;
  /** Take what a reader typed into the field. */
  type(value: string): void;
  /** Put another text in its place, and ask at once. */
  put(text: string): void;
  reset(): void;
}

/** The draft of a row; that of another row is gone with the first edit of this one. */
export function useDraft(row: number): Draft {
  const store = useStore();
  const kept = keptOf(store);
  const original = store.page.texts?.text(row) ?? '';
  const own = kept.value?.row === row ? kept.value : null;
  const text = own?.text ?? original;
  const set = (next: string, wait: number) => {
    kept.value = { row, text: next, wait };
  };
  return {
    original,
    text,
    isEdited: text !== original,
    wait: own?.wait ?? 0,
    type: (value) => set(isSameShown(value, original) ? original : typed(value, original), PAUSE),
    put: (next) => set(next, 0),
    reset: () => {
      kept.value = null;
    },
  };
}
