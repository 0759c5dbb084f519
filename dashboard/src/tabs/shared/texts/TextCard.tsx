/** A text of a row with its tokens coloured, what is strongest in it, and how it adds up. */

import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { ChartFrame } from '../../../charts/index.ts';
import { outputNames, useStore } from '../../../state/store.ts';
import { Note, Segmented, Slider } from '../../../ui/index.ts';
import { Key } from './Key.tsx';
import { type By, type Explained, explainedText, type Mark } from './logic.ts';
import { colouredOf, type Ranking, rankingOf } from './ranking.ts';
import { Strongest } from './Strongest.tsx';
import { nameOf, noteOf, readingOf, summaryOf } from './sentences.ts';
import { stateOf } from './state.ts';
import { strings } from './strings.ts';
import { tableOf } from './table.ts';
import { Words } from './Words.tsx';

const BYS: readonly By[] = ['tokens', 'sentences'];

interface TextCardProps {
  readonly row: number;
  readonly output: number;
  /** With the strongest marks as bars. */
  readonly whole?: boolean;
  /** The row's text as it was edited; without it that of the page. */
  readonly edited?: Explained | null;
  /** Take a mark out of the text; false where that cannot be done yet. */
  readonly onTake?: (mark: Mark) => boolean;
}

/** Return a row's text, explained as a reader chose; null where the page does not hold it. */
export function useText(row: number, output: number): Explained | null {
  const store = useStore();
  const { texts } = store.page;
  const [view, scale] = [store.view.value, store.scale.value];
  return useMemo(
    () => (texts === null ? null : explainedText(view, texts.document(row), row, output, scale)),
    [texts, view, row, output, scale],
  );
}

export function TextCard(props: TextCardProps): JSX.Element {
  const kept = useText(props.row, props.output);
  const explained = props.edited ?? kept;
  if (explained === null) return <Note kind="empty">{strings.noImportance}</Note>;
  return <Shown key={props.row} {...props} explained={explained} />;
}

interface ShownProps extends TextCardProps {
  readonly explained: Explained;
}

function Shown({ row, output, whole, explained, edited, onTake }: ShownProps): JSX.Element {
  const store = useStore();
  const { by, top } = stateOf(store);
  const [at, setAt] = useState(-1);
  const ranking = useMemo(() => rankingOf(explained.tokens, by.value), [explained, by.value]);
  const coloured = useMemo(() => colouredOf(ranking, top.value), [ranking, top.value]);
  const { document, sum } = explained;
  const { marks, strongest, largest } = ranking;
  const names = outputNames(store.page);
  const areClasses = store.page.payload.classes !== null;
  const ownId = store.page.rows.ids.text(row);
  const id = edited == null ? ownId : strings.edited(ownId);
  const cursor = {
    at: at < marks.length ? at : -1,
    onAt: setAt,
  };
  const textAt = (mark: Mark) => document.text.slice(mark.start, mark.end);
  return (
    <section class="card stack">
      <Choice ranking={ranking} coloured={coloured.size} onBy={() => setAt(-1)} />
      <ChartFrame
        title={strings.title(id, nameOf(names, output))}
        level={2}
        summary={summaryOf(id, explained, by.value, marks)}
        table={() => tableOf(explained, onTake)}
        legend={largest > 0 ? <Key largest={largest} unit={sum.unit} /> : undefined}
        note={noteOf(areClasses, names, output, store.output.value)}
      >
        <Body
          id={id}
          explained={explained}
          ranking={ranking}
          coloured={coloured}
          {...cursor}
          {...(onTake === undefined ? {} : { onTake })}
        />
      </ChartFrame>
      {whole && strongest.length > 0 ? (
        <Strongest
          by={by.value}
          marks={marks}
          strongest={strongest}
          textAt={textAt}
          unit={sum.unit}
          {...cursor}
        />
      ) : null}
    </section>
  );
}

interface ChoiceProps {
  readonly ranking: Ranking;
  /** How many marks are coloured. */
  readonly coloured: number;
  readonly onBy: () => void;
}

/** What is coloured: tokens or sentences, and how many of them. */
function Choice({ ranking: { most }, coloured, onBy }: ChoiceProps): JSX.Element {
  const { by, top } = stateOf(useStore());
  return (
    <div class="row end controls">
      <Segmented
        label={strings.by}
        value={by.value}
        options={BYS.map((value) => ({ value, label: strings.bys[value] }))}
        onChange={(value) => {
          by.value = value;
          onBy();
        }}
      />
      {most > 1 ? (
        <Slider
          label={strings.top}
          value={Math.min(top.value, most)}
          min={1}
          max={most}
          text={(value) => strings.marked(value === most ? coloured : value, value === most)}
          onChange={(value) => {
            top.value = value;
          }}
        />
      ) : null}
    </div>
  );
}

interface BodyProps {
  readonly id: string;
  readonly explained: Explained;
  readonly ranking: Ranking;
  readonly coloured: ReadonlySet<number>;
  readonly at: number;
  readonly onAt: (mark: number) => void;
  readonly onTake?: (mark: Mark) => boolean;
}

/** The text as it runs, or that there is none. */
function Body({ id, explained, ranking, coloured, at, onAt, onTake }: BodyProps): JSX.Element {
  const by = stateOf(useStore()).by.value;
  const { document, tokens } = explained;
  const { marks, largest } = ranking;
  const take = onTake && {
    label: strings.without[by],
    at: (mark: number) => {
      // What follows is at its place then; behind the last one nothing is.
      if (onTake(marks[mark]) && mark === marks.length - 1) onAt(mark - 1);
    },
  };
  return (
    <>
      {tokens.length === 0 ? (
        <Note>{document.text === '' ? strings.empty : strings.noTokens}</Note>
      ) : null}
      {document.text === '' ? null : (
        <Words
          label={strings.label(id)}
          text={document.text}
          marks={marks}
          shown={coloured}
          largest={largest}
          at={at}
          onAt={onAt}
          describe={(mark) => readingOf(marks[mark], by, mark, explained)}
          {...(take === undefined ? {} : { take })}
        />
      )}
    </>
  );
}
