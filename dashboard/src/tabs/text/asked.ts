/** What the live model says of a text: one question of a kind is under way at a time. */

import { useMemo } from 'preact/hooks';
import { joined } from '../../model/cells.ts';
import type { Cells, Predictions } from '../../model/evaluator.ts';
import { asking, type Live, liveOf, type TextAttributions } from '../../model/live.ts';
import { useStore } from '../../state/store.ts';
import { type Answered, useAnswer } from '../shared/answers.ts';
import { type Explained, explainedNow } from '../shared/texts/logic.ts';
import type { Draft } from './draft.ts';
import { inTurn, toldOf, withText } from './logic.ts';

/** The logged model behind the page; no answer where the page is a file. */
export function useLive(): Answered<Live | null> {
  const { page } = useStore();
  const path = page.payload.live?.path ?? null;
  return useAnswer<Live | null>(
    () => (path === null ? null : liveOf(asking(path), page.views[0].columns)),
    [path],
  );
}

/** What a model is asked with: the row, and the row with its edited text. */
export type Both = readonly [before: Cells, after: Cells];

/** The cells of a row and of its draft; null without a model of texts. */
export function useBoth(live: Live | null, row: number, { original, text }: Draft): Both | null {
  return useMemo(
    () =>
      live === null ? null : ([withText(live, row, original), withText(live, row, text)] as const),
    [live, row, original, text],
  );
}

/** Predictions of the row, and of the row with its edited text. */
export function usePredictions(
  live: Live | null,
  both: Both | null,
  wait: number,
): Answered<Predictions | null> {
  const ask = useInTurn(live, predictions);
  return useAnswer<Predictions | null>(
    () => (ask === null || both === null ? null : ask(joined(...both))),
    [both],
    wait,
  );
}

/** What tokens were attributed, and in which text. */
interface Reading {
  readonly row: number;
  readonly text: string;
  readonly told: TextAttributions;
}

interface Asked {
  readonly live: Live | null;
  readonly both: Both | null;
  readonly row: number;
  readonly output: number;
  readonly draft: Draft;
}

/** The edited text, explained; the last one until there is a new one. */
export function useExplained({ live, both, row, output, draft }: Asked): Answered<Explained> {
  const { text, isEdited, wait } = draft;
  const ask = useInTurn(live, reading);
  const { value, isPending, error } = useAnswer<Reading | null>(
    () =>
      ask === null || both === null || !isEdited
        ? null
        : ask(both[1]).then((told) => ({ row, text, told })),
    [both],
    wait,
  );
  const store = useStore();
  const scale = store.scale.value;
  const classes = store.page.payload.classes?.length ?? null;
  const explained = useMemo(() => {
    if (live === null || value === null || value.row !== row || !isEdited) return null;
    const told = toldOf(live, value.told.base.length, classes);
    return explainedNow(told, value.text, value.told, output, scale);
  }, [live, value, row, isEdited, output, scale, classes]);
  return { value: explained, isPending, error: isEdited ? error : null };
}

type Question<T> = (live: Live, cells: Cells) => Promise<T>;

const predictions: Question<Predictions> = async (live, cells) => live.predict(cells);
const reading: Question<TextAttributions> = (live, cells) => live.readText(cells);

/** A question to a model, asked in turn. */
function useInTurn<T>(
  live: Live | null,
  question: Question<T>,
): ((cells: Cells) => Promise<T>) | null {
  return useMemo(
    () => (live === null ? null : inTurn((cells: Cells) => question(live, cells))),
    [live],
  );
}
