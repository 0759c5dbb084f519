/** The prediction, before and after. */

import type { JSX } from 'preact';
import type { Predictions } from '../../model/evaluator.ts';
import { measured } from '../../state/measure.ts';
import { Note } from '../../ui/index.ts';
import { useAnswer } from '../shared/answers.ts';
import { OutcomeView } from '../shared/outcome/OutcomeView.tsx';
import { amount } from '../shared/outcome/outcome.ts';
import { warningOf } from './logic.ts';
import { type Bench, editableOf } from './state.ts';
import { strings } from './strings.ts';
import { typicalError } from './surrogate.ts';

export function OutcomeCard({ bench }: { readonly bench: Bench }): JSX.Element {
  const { answers } = bench;
  const { both, changes } = bench.edited.value;
  const predictions = useAnswer<Predictions>(
    () => measured('mlx-whatif', () => answers.predict(both)),
    [both],
    bench.wait,
  );
  const { error } = predictions;
  return (
    <section class="card stack tight outcome">
      <h3>{strings.outcome}</h3>
      {error === null ? null : <Note kind="warning">{strings.failed(error)}</Note>}
      <OutcomeView
        predictions={predictions}
        isEdited={changes.length > 0}
        least={leastOf(bench)}
        meanwhile={strings.loading}
      />
      {isOdd(bench) ? <Note kind="warning">{strings.manyOdd}</Note> : null}
      <Own bench={bench} />
    </section>
  );
}

/** Whether a value that was changed is none the data have. */
function isOdd(bench: Bench): boolean {
  return bench.edited.value.changes.some(
    ({ input, value }) => warningOf(editableOf(bench, input), value, true) !== undefined,
  );
}

/** Differences below it may be the stand-in's own. */
function leastOf(bench: Bench): number {
  return bench.isSurrogate ? typicalError(bench.store) : 0;
}

/** What the model itself said of the row, where a stand-in answers here. */
function Own({ bench }: { readonly bench: Bench }): JSX.Element | null {
  const { rows, payload } = bench.store.page;
  const { row } = bench.edited.value;
  const predicted = rows.predicted(row);
  if (!bench.isSurrogate || Number.isNaN(predicted)) return null;
  const unit = rows.hasProbabilities ? 'probability' : 'value';
  const label = payload.classes?.[predicted];
  const size = rows.hasProbabilities ? rows.probability(predicted, row) : predicted;
  const text =
    label === undefined ? amount('value', predicted) : strings.ownClass(label, amount(unit, size));
  return <p class="small muted">{strings.ownPrediction(text)}</p>;
}
