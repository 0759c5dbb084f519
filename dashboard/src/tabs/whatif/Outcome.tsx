/** The prediction, before and after. */

import type { JSX } from 'preact';
import type { Predictions } from '../../model/evaluator.ts';
import { measured } from '../../state/measure.ts';
import { Note } from '../../ui/index.ts';
import { useAnswer } from '../shared/answers.ts';
import { warningOf } from './logic.ts';
import {
  amount,
  difference,
  type Line,
  type Outcome,
  outcomeOf,
  sentenceOf,
  shownLines,
} from './outcome.ts';
import { type Bench, editableOf } from './state.ts';
import { strings } from './strings.ts';
import { typicalError } from './surrogate.ts';

export function OutcomeCard({ bench }: { readonly bench: Bench }): JSX.Element {
  const { store, answers } = bench;
  const { both, changes } = bench.edited.value;
  const { value, error } = useAnswer<Predictions>(
    () => measured('mlx-whatif', () => answers.predict(both)),
    [both],
    bench.wait,
  );
  const isEdited = changes.length > 0;
  const outcome = value === null ? null : outcomeOf(value, bench.names, store.threshold.value);
  return (
    <section class="card stack tight outcome">
      <h3>{strings.outcome}</h3>
      {error === null ? null : <Note kind="warning">{strings.failed(error)}</Note>}
      {outcome === null ? null : (
        <>
          <p role="status">{sentenceOf(outcome, isEdited)}</p>
          <OutcomeTable outcome={outcome} isEdited={isEdited} least={leastOf(bench)} />
        </>
      )}
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

interface TableProps {
  readonly outcome: Outcome;
  readonly isEdited: boolean;
  readonly least: number;
}

function OutcomeTable({ outcome, isEdited, least }: TableProps): JSX.Element {
  const { unit, labels } = outcome;
  return (
    <section class="table-wrap" aria-label={strings.outcome} tabIndex={0}>
      <table class="table">
        <caption class="sr-only">{strings.outcome}</caption>
        <thead>
          <tr>
            <th scope="col">{labels === null ? strings.value : strings.class}</th>
            <th scope="col" class="numeric">
              {strings.before}
            </th>
            <th scope="col" class="numeric">
              {strings.after}
            </th>
            <th scope="col" class="numeric">
              {strings.change}
            </th>
          </tr>
        </thead>
        <tbody>
          {shownLines(outcome.lines).map((line) => (
            <tr key={line.name}>
              <th scope="row">
                <span class="cut" title={line.name}>
                  {line.name}
                </span>{' '}
                {line.said[1] ? <span class="badge info">{strings.predicted}</span> : null}
              </th>
              <td class="numeric">
                <data value={line.before}>{amount(unit, line.before)}</data>
              </td>
              <td class="numeric">
                <Share unit={unit} value={line.after} />
                <data value={line.after}>{amount(unit, line.after)}</data>
              </td>
              <td class={`numeric ${isEdited ? toneOf(line, least) : ''}`}>
                {isEdited ? <Moved line={line} unit={unit} least={least} /> : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function toneOf({ before, after }: Line, least: number): string {
  const moved = after - before;
  if (Math.abs(moved) <= least || moved === 0) return '';
  return moved > 0 ? 'moved-up' : 'moved-down';
}

interface MovedProps {
  readonly line: Line;
  readonly unit: Outcome['unit'];
  readonly least: number;
}

/** An arrow says the direction, too: colour is never alone. */
function Moved({ line, unit, least }: MovedProps): JSX.Element {
  const moved = line.after - line.before;
  if (moved !== 0 && Math.abs(moved) <= least) {
    return <span title={strings.withinError}>{strings.about(difference(unit, line))}</span>;
  }
  const arrow = moved > 0 ? '▲' : moved < 0 ? '▼' : '';
  return (
    <>
      <span aria-hidden="true">{arrow}</span> {difference(unit, line)}
    </>
  );
}

/** A probability as a bar. */
function Share({
  unit,
  value,
}: {
  readonly unit: string;
  readonly value: number;
}): JSX.Element | null {
  if (unit !== 'probability') return null;
  return (
    <span class="share" aria-hidden="true">
      <span style={{ width: `${Math.round(value * 100)}%` }} />
    </span>
  );
}
