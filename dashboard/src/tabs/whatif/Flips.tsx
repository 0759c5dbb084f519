/** The smallest single changes that flip the prediction, or bring it to a value. */

import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { variants } from '../../model/cells.ts';
import { readerOf } from '../../model/curves.ts';
import { type Flip, flipsOf } from '../../model/flips.ts';
import { observedOf } from '../../model/observed.ts';
import { figuredTarget } from '../../state/outputs.ts';
import { quantile } from '../../stats/summary.ts';
import { number, percent } from '../../text/numbers.ts';
import { Badge, Button, Note, NumberField } from '../../ui/index.ts';
import { useAnswer } from '../shared/answers.ts';
import { useKeptFocus } from '../shared/focus.ts';
import { classOf } from '../shared/outcome/outcome.ts';
import { type Crossing, crossedOf, isAbove } from './flipping.ts';
import { changeable, textOf } from './logic.ts';
import { type Bench, editableOf } from './state.ts';
import { strings } from './strings.ts';
import { typicalError } from './surrogate.ts';

/** Columns that are tried: the most important ones. */
const MOST = 200;
const SHOWN = 8;
/** Edits come in quick succession, and a search takes as long as many of them. */
const PAUSE = 200;

interface Found {
  readonly flip: Flip;
  /** What the model says then. */
  readonly gives: string;
}

interface Answer {
  readonly found: readonly Found[];
  /** What the changes do, in words. */
  readonly what: string;
}

export function Flips({ bench }: { readonly bench: Bench }): JSX.Element {
  const isValue = !bench.answers.classifies;
  const usual = useMemo(() => usualTarget(bench), [bench]);
  const [target, setTarget] = useState(usual);
  const { value, error, isPending } = useFlips(bench, target);
  const focus = useKeptFocus('h3');
  return (
    <section class="card stack tight" ref={focus.place} onFocusIn={focus.onFocusIn}>
      <div class="row spread end">
        <h3 tabIndex={-1}>{isValue ? strings.flipsOfValue : strings.flips}</h3>
        {isValue ? (
          <NumberField label={strings.target} value={target} onChange={setTarget} />
        ) : null}
      </div>
      {error === null ? null : <Note kind="warning">{strings.failed(error)}</Note>}
      <p class="frame-summary" aria-live="polite">
        {isPending ? strings.flipsSearching : ''}
        {value === null || isPending ? '' : sentenceOf(bench, value)}
      </p>
      {bench.isSurrogate ? <Note kind="warning">{standInText(bench)}</Note> : null}
      {value === null || value.found.length === 0 ? null : (
        <div class={isPending ? 'unanswered' : undefined}>
          <FlipTable bench={bench} found={value.found} />
        </div>
      )}
      <p class="frame-note">
        {isValue && target === usual && bench.store.page.rows.hasPredicted
          ? `${usualText(bench, usual)} `
          : ''}
        {strings.flipsNote}
      </p>
    </section>
  );
}

function sentenceOf(bench: Bench, { found, what }: Answer): string {
  const [first] = found;
  if (first === undefined) return strings.flipsNone(what);
  const { flip, gives } = first;
  const editable = editableOf(bench, flip.input);
  const to = textOf(editable, flip.value);
  return strings.flipsFound(what, found.length, editable.name, to, gives);
}

/** What a reader has to know where a stand-in says what flips. */
function standInText({ store, answers }: Bench): string {
  if (!isMeasured(store.page.rows.hasProbabilities, answers.classifies)) {
    return strings.flipsStandInBare;
  }
  const error = typicalError(store);
  return strings.flipsStandIn(answers.classifies ? percent(error) : number(error));
}

/** Whether the stand-in's error is in the unit that parts two predictions. */
function isMeasured(hasProbabilities: boolean, classifies: boolean): boolean {
  return hasProbabilities || !classifies;
}

function usualText({ store }: Bench, usual: number): string {
  const target = figuredTarget(store.page);
  return target === null
    ? strings.targetUsual(number(usual))
    : strings.targetUsualOf(number(usual), target);
}

function useFlips(bench: Bench, target: number) {
  const { answers, store } = bench;
  const { after } = bench.edited.value;
  const threshold = store.threshold.value;
  const output = bench.output.value;
  return useAnswer<Answer>(
    async () => {
      const features = bench.editables.slice(0, MOST).map(changeable);
      const now = await answers.predict(after);
      const { classifies } = answers;
      const isKnown = isMeasured(store.page.rows.hasProbabilities, classifies);
      const least = bench.isSurrogate && isKnown ? typicalError(store) : 0;
      const asked: Crossing = { classifies, threshold, target, output, least };
      const flips = await flipsOf(answers, after, features, crossedOf(asked, now));
      const what = classifies ? strings.flip : pastText(isAbove(asked, now), target);
      if (flips.length === 0) return { found: [], what };
      const given = await answers.predict(variants(after, flips));
      const found = flips.map((flip, i) => ({ flip, gives: said(bench, given, i, threshold) }));
      return { found, what };
    },
    [after, threshold, target, answers.classifies ? 0 : output],
    PAUSE,
  );
}

function pastText(above: boolean, target: number): string {
  return above ? strings.below(number(target)) : strings.above(number(target));
}

type Predicted = Awaited<ReturnType<Bench['answers']['predict']>>;

function said(bench: Bench, predictions: Predicted, row: number, threshold: number): string {
  const { classes, probabilities } = predictions;
  if (classes === 0) return number(readerOf(false, bench.output.value)(predictions, row));
  const cls = classOf(predictions, row, threshold);
  const label = bench.names[cls] ?? String(cls);
  if (probabilities === undefined) return label;
  return strings.ownClass(label, percent(probabilities[row * classes + cls]));
}

/** Regression: the median of the predictions. */
function usualTarget(bench: Bench): number {
  const { rows } = bench.store.page;
  if (bench.answers.classifies || !rows.hasPredicted) return 0;
  const column = { name: '', type: 'number' as const, values: [], number: rows.predicted };
  return Number(quantile(observedOf(column, rows.count).sorted, 0.5).toPrecision(3));
}

function FlipTable({ bench, found }: { readonly bench: Bench; readonly found: readonly Found[] }) {
  const { after } = bench.edited.value;
  return (
    <section class="table-wrap" aria-label={strings.flipsList} tabIndex={0}>
      <table class="table">
        <thead>
          <tr>
            <th scope="col">{strings.feature}</th>
            <th scope="col">{strings.from}</th>
            <th scope="col">{strings.to}</th>
            <th scope="col" class="numeric">
              {strings.size}
            </th>
            <th scope="col">{strings.gives}</th>
            <th scope="col">
              <span class="sr-only">{strings.apply}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {found.slice(0, SHOWN).map(({ flip, gives }) => (
            <FlipRow key={flip.input} bench={bench} flip={flip} gives={gives} now={after} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface FlipRowProps {
  readonly bench: Bench;
  readonly flip: Flip;
  readonly gives: string;
  readonly now: Bench['edited']['value']['after'];
}

function FlipRow({ bench, flip, gives, now }: FlipRowProps): JSX.Element {
  const editable = editableOf(bench, flip.input);
  const to = textOf(editable, flip.value);
  return (
    <tr>
      <th scope="row" title={editable.name}>
        {editable.name}
      </th>
      <td>{textOf(editable, now.inputs[flip.input][0])}</td>
      <td>
        {to} {flip.outside ? <Badge kind="warning">{strings.beyond}</Badge> : null}
      </td>
      <td class="numeric">{number(flip.distance)}</td>
      <td>{gives}</td>
      <td>
        <Button
          small
          label={strings.applyTo(editable.name, to)}
          onClick={() => {
            bench.edit(flip.input, flip.value);
            bench.swept.value = flip.input;
          }}
        >
          {strings.apply}
        </Button>
      </td>
    </tr>
  );
}
