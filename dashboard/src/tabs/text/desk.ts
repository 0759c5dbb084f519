/** A text that is edited, and what the live model says of it. */

import type { Predictions } from '../../model/evaluator.ts';
import type { Live } from '../../model/live.ts';
import type { Answered } from '../shared/answers.ts';
import type { Explained, Mark } from '../shared/texts/logic.ts';
import { useBoth, useExplained, usePredictions } from './asked.ts';
import { type Draft, useDraft } from './draft.ts';
import { without } from './logic.ts';

export interface Desk {
  readonly live: Live;
  readonly draft: Draft;
  /** Of the original, and of the text as it is now. */
  readonly predictions: Answered<Predictions | null>;
  /** The edited text, explained; null where it is not edited, or never was explained. */
  readonly explained: Explained | null;
  /** Whether what is explained is not what stands in the editor. */
  readonly isBehind: boolean;
  /** Why it could not be explained. */
  readonly error: string | null;
  /** Take a mark out; false while what is explained is not what stands in the editor. */
  take(mark: Mark): boolean;
}

/** The desk of a row's text; null without a model of texts. */
export function useDesk(
  live: Live | null,
  row: number,
  output: number,
  kept: Explained | null,
): Desk | null {
  const draft = useDraft(row);
  const both = useBoth(live, row, draft);
  const predictions = usePredictions(live, both, draft.wait);
  const { value: explained, error } = useExplained({ live, both, row, output, draft });
  if (live === null) return null;
  const shown = draft.isEdited ? explained : kept;
  // Places in another text would take something else out.
  const current = shown?.document.text === draft.text ? shown : null;
  const take = (mark: Mark) => {
    if (current !== null) draft.put(without(draft.text, current.tokens, mark));
    return current !== null;
  };
  return { live, draft, predictions, explained, isBehind: current === null, error, take };
}
