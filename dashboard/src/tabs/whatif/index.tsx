/** What-if, ICE and PDP: edit a row in its own columns, and see what the model says. */

import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Answers, Predictions } from '../../model/evaluator.ts';
import { asking, liveOf } from '../../model/live.ts';
import { useStore } from '../../state/store.ts';
import { Button, Note } from '../../ui/index.ts';
import { useAnswer } from '../shared/answers.ts';
import { Chooser } from './Chooser.tsx';
import { Contributions } from './Contributions.tsx';
import { Curves } from './Curves.tsx';
import { Editors } from './Editors.tsx';
import { Flips } from './Flips.tsx';
import { OutcomeCard } from './Outcome.tsx';
import { constantText } from './outcome.ts';
import { PairPlot } from './PairPlot.tsx';
import { RecordedCurves } from './Recorded.tsx';
import { type Bench, benchOf } from './state.ts';
import { strings } from './strings.ts';

export function WhatIf(): JSX.Element {
  const { page, evaluator } = useStore();
  const { payload } = page;
  // Words are no columns: there is nothing to edit here, and no server is asked.
  if (payload.texts !== undefined) return <OfTexts />;
  if (payload.live !== null) return <Live path={payload.live.path} />;
  if (evaluator !== null) return <Desk answers={evaluator} />;
  if (payload.recorded.length > 0) return <RecordedCurves />;
  const hasCells = page.views[0].columns.some((column) => column.absent === undefined);
  return (
    <Note kind="empty">
      <p>{payload.modelNote ?? strings.noModel}</p>
      <p>{hasCells ? strings.whatToDo : strings.withData}</p>
    </Note>
  );
}

/** Texts are changed where they are read, if there is a model to ask. */
function OfTexts(): JSX.Element {
  const { page, tab } = useStore();
  const { live, modelNote, texts } = page.payload;
  if (live === null) return <Note kind="empty">{modelNote ?? strings.noModel}</Note>;
  if (texts?.absent !== undefined) return <Note kind="empty">{texts.absent}</Note>;
  const open = () => {
    tab.value = 'text';
  };
  return (
    <Note kind="empty">
      <p>{strings.texts}</p>
      <Button onClick={open}>{strings.toTexts}</Button>
    </Note>
  );
}

/** Asks the server for its model first; the one in the page stands in where it does not answer. */
function Live({ path }: { readonly path: string }): JSX.Element {
  const { page, evaluator } = useStore();
  const { value, error } = useAnswer(() => liveOf(asking(path), page.views[0].columns), [path]);
  if (value !== null) return <Desk answers={value} isLive />;
  if (error === null) return <Note>{strings.loading}</Note>;
  return (
    <div class="stack">
      <Note kind="warning">{strings.failed(error)}</Note>
      {evaluator === null ? null : <Desk answers={evaluator} />}
    </div>
  );
}

/** A model that reads nothing: all there is to know of it is what it says. */
function Constant({ bench }: { readonly bench: Bench }): JSX.Element {
  const { both } = bench.edited.value;
  const { value, error } = useAnswer<Predictions>(() => bench.answers.predict(both), [both]);
  if (error !== null) return <Note kind="warning">{strings.failed(error)}</Note>;
  if (value === null) return <Note>{strings.loading}</Note>;
  return <Note kind="empty">{constantText(value, bench.names, bench.store.threshold.value)}</Note>;
}

interface DeskProps {
  readonly answers: Answers;
  readonly isLive?: boolean;
}

function Desk({ answers, isLive }: DeskProps): JSX.Element {
  const store = useStore();
  const bench = useMemo(() => benchOf(store, answers), [answers]);
  if (store.page.rows.count === 0) return <Note kind="empty">{strings.noRows}</Note>;
  if (answers.inputs.length === 0) return <Constant bench={bench} />;
  if (bench.editables.length === 0) return <Note kind="empty">{strings.noCells}</Note>;
  return (
    <div class="stack">
      <Chooser bench={bench} isLive={isLive ?? false} />
      {answers.absent.length > 0 ? (
        <Note kind="warning">{strings.absent(answers.absent)}</Note>
      ) : null}
      <div class="whatif">
        <div class="stack">
          <OutcomeCard bench={bench} />
          <Editors bench={bench} />
          <Flips bench={bench} />
        </div>
        <div class="stack">
          <Curves bench={bench} />
          <Contributions bench={bench} />
          <PairPlot bench={bench} />
        </div>
      </div>
    </div>
  );
}
