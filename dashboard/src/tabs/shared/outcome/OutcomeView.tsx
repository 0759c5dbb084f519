/** What the model says of a row, before and after an edit. */

import type { JSX } from 'preact';
import type { Predictions } from '../../../model/evaluator.ts';
import { outputNames, useStore } from '../../../state/store.ts';
import type { Answered } from '../answers.ts';
import { OutcomeTable } from './OutcomeTable.tsx';
import { outcomeOf, sentenceOf } from './outcome.ts';

interface OutcomeViewProps {
  /** Of the row, and of the edited one. */
  readonly predictions: Answered<Predictions | null>;
  readonly isEdited: boolean;
  /** Differences below it have no colour. */
  readonly least: number;
  /** Said in place of the outcome while the model is asked. */
  readonly meanwhile: string;
}

/** An answer of before keeps its place for the next one, and is neither shown nor read out. */
export function OutcomeView(props: OutcomeViewProps): JSX.Element | null {
  const store = useStore();
  const { isEdited, least } = props;
  const { value, isPending } = props.predictions;
  if (value === null) return null;
  const outcome = outcomeOf(value, outputNames(store.page), store.threshold.value);
  return (
    <>
      <p role="status">{isPending ? props.meanwhile : sentenceOf(outcome, isEdited)}</p>
      <div class={isPending ? 'unanswered' : undefined}>
        <OutcomeTable outcome={outcome} isEdited={isEdited} least={least} />
      </div>
    </>
  );
}
