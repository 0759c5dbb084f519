/** Texts: one at a time as it runs, with what each of its tokens adds to the output. */

import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { TableColumn } from '../../charts/types.ts';
import type { Live } from '../../model/live.ts';
import type { Page } from '../../payload/page.ts';
import { type Store, useStore } from '../../state/store.ts';
import { number, percent, signed } from '../../text/numbers.ts';
import { Button, DataTable, Note } from '../../ui/index.ts';
import type { Answered } from '../shared/answers.ts';
import { ById } from '../shared/ById.tsx';
import { useKeptFocus } from '../shared/focus.ts';
import { outputFor } from '../shared/labels.ts';
import { type Explained, type Sum, spoken } from '../shared/texts/logic.ts';
import { TextCard, useText } from '../shared/texts/TextCard.tsx';
import { useLive } from './asked.ts';
import { useDesk } from './desk.ts';
import { Editor } from './Editor.tsx';
import { strings } from './strings.ts';

const BEGINNING = 80;

export function Text(): JSX.Element {
  const store = useStore();
  const { page } = store;
  const row = store.selected.value[0] ?? 0;
  if (page.payload.texts?.absent !== undefined) {
    return <Note kind="empty">{page.payload.texts.absent}</Note>;
  }
  if (page.texts === null || page.rows.count === 0) {
    return <Note kind="empty">{strings.noRows}</Note>;
  }
  return <Whole row={row} output={outputFor(page, store.output.value, row)} />;
}

/** The same parts with a model and without: what is at a cursor stays when it comes. */
function Whole({ row, output }: PartProps): JSX.Element {
  const asked = useLive();
  const live = asked.value === null || asked.value.text === null ? null : asked.value;
  const kept = useText(row, output);
  const desk = useDesk(live, row, output, kept);
  const edited = desk?.explained ?? null;
  const focus = useKeptFocus();
  return (
    <div class="stack">
      <Choice row={row} />
      <Asked asked={asked} />
      <div class="stack" ref={focus.place} onFocusIn={focus.onFocusIn}>
        {desk === null ? null : <Editor desk={desk} row={row} />}
        {desk?.error == null ? (
          <>
            <TextCard
              row={row}
              output={output}
              whole
              edited={edited}
              {...(desk === null ? {} : { onTake: desk.take })}
            />
            <Facts kept={kept} edited={edited} />
          </>
        ) : null}
      </div>
      <All row={row} output={output} />
    </div>
  );
}

/** Where there is no model to change texts with, though it was asked for. */
function Asked({ asked }: { readonly asked: Answered<Live | null> }): JSX.Element | null {
  const { page } = useStore();
  if (page.payload.live === null) return null;
  if (asked.error !== null) return <Note kind="warning">{strings.failed(asked.error)}</Note>;
  if (asked.value === null) return <Note>{strings.loading}</Note>;
  return asked.value.text === null ? <Note kind="warning">{strings.noTexts}</Note> : null;
}

/** Look at a row in place of the last one picked: going through texts keeps the others picked. */
function show(store: Store, row: number): void {
  const others = store.selected.value.slice(1).filter((one) => one !== row);
  store.selected.value = [row, ...others];
}

/** Which text: by id, or the one before or behind. */
function Choice({ row }: { readonly row: number }): JSX.Element {
  const store = useStore();
  const { page } = store;
  const { count, ids } = page.rows;
  return (
    <div class="row end controls">
      <ById page={page} action={strings.choose} onFound={(found) => show(store, found)} />
      <Button disabled={row === 0} onClick={() => show(store, row - 1)}>
        {strings.previous}
      </Button>
      <Button disabled={row >= count - 1} onClick={() => show(store, row + 1)}>
        {strings.next}
      </Button>
      <span class="small muted" role="status">
        {strings.place(ids.text(row), row + 1, count)}
      </span>
    </div>
  );
}

interface PartProps {
  readonly row: number;
  readonly output: number;
}

interface FactsProps {
  readonly kept: Explained | null;
  readonly edited: Explained | null;
}

/** How base value, tokens and rest make the output; of an edited text beside the original. */
function Facts({ kept, edited }: FactsProps): JSX.Element | null {
  const now = edited ?? kept;
  if (now === null) return null;
  const both = edited === null || kept === null ? [now] : [kept, edited];
  const lines = both.map(({ sum }) => linesOf(sum));
  const isThere = (i: number) => i !== OTHERS || lines.some((line) => line[i] !== 0);
  const parts = strings.parts.map((_, i) => i).filter(isThere);
  const last = parts.length - 1;
  const title = (i: number) =>
    strings.value(both[i].sum.unit, both.length === 1 ? null : [strings.before, strings.after][i]);
  return (
    <section class="card stack tight">
      <h2>{strings.facts}</h2>
      <p class="frame-summary">{strings.factsSummary}</p>
      <DataTable
        label={strings.facts}
        fixed
        table={{
          count: parts.length,
          columns: [
            { title: strings.fact, value: (i) => strings.parts[parts[i]], wrap: true },
            ...lines.map((line, at) => ({
              title: title(at),
              numeric: true,
              value: (i: number) => line[parts[i]],
              text: (i: number) => (i === 0 || i === last ? number : signed)(line[parts[i]]),
            })),
          ],
        }}
      />
    </section>
  );
}

/** Position of the columns beside the text among the parts, which many models have not. */
const OTHERS = 4;

function linesOf({ base, raising, lowering, rest, others, output }: Sum): readonly number[] {
  return [base, raising, lowering, rest, others, output];
}

/** The texts of all rows by how they begin. */
function All({ row, output }: PartProps): JSX.Element {
  const store = useStore();
  const { page } = store;
  const { ids, count } = page.rows;
  const columns = useMemo((): TableColumn[] => {
    return [
      { title: strings.id, value: ids.number, text: ids.text, numeric: ids.type === 'number' },
      ...outcomesOf(page, output),
      {
        title: strings.begins,
        value: (at) => spoken(page.texts?.text(at).slice(0, 4 * BEGINNING) ?? '', BEGINNING),
        wrap: true,
      },
    ];
  }, [page, output]);
  return (
    <section class="card stack tight">
      <h2>{strings.all}</h2>
      <p class="frame-summary">{strings.allSummary}</p>
      <DataTable
        label={strings.all}
        table={{ count, columns }}
        selected={[row]}
        onPick={(at) => show(store, at)}
        pickLabel={(at) => strings.row(ids.text(at))}
      />
    </section>
  );
}

function outcomesOf(page: Page, output: number): TableColumn[] {
  const { rows, payload } = page;
  const { classes } = payload;
  const text = (value: number) => {
    if (Number.isNaN(value)) return '\u2013';
    return classes === null ? number(value) : classes[value];
  };
  const numeric = classes === null;
  const found: TableColumn[] = [];
  const add = (title: string, value: (row: number) => number) => {
    found.push({ title, value, numeric, text: (row) => text(value(row)) });
  };
  if (rows.hasPredicted) add(strings.predicted, rows.predicted);
  if (rows.hasProbabilities && classes !== null) {
    const value = (row: number) => rows.probability(output, row);
    const title = strings.probabilityOf(classes[output]);
    found.push({ title, value, numeric: true, text: (row) => percent(value(row)) });
  }
  if (rows.hasActual) add(strings.observed, rows.actual);
  return found;
}
