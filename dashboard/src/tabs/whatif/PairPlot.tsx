/** The mean prediction over two features at once: a 2-D PDP. */

import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { ChartFrame, Heat } from '../../charts/index.ts';
import type { TableSpec } from '../../charts/types.ts';
import { pairs, readerOf } from '../../model/curves.ts';
import { someOf } from '../../stats/summary.ts';
import { Note, Select } from '../../ui/index.ts';
import { useAnswer } from '../shared/answers.ts';
import { type Editable, textOf } from './logic.ts';
import { speedOf } from './speed.ts';
import { type Bench, editableOf } from './state.ts';
import { strings } from './strings.ts';
import { affordable, type Grid, gridOf } from './sweep.ts';
import { outputText, showOutput } from './units.ts';

const STEPS = 12;
const PATIENCE = 0.25;
/** Let what is above come first. */
const PAUSE = 60;

interface Answer {
  readonly of: readonly [across: Editable, up: Editable];
  readonly across: Grid;
  readonly up: Grid;
  /** (up, across) */
  readonly values: readonly Float64Array[];
  readonly rows: number;
}

export function PairPlot({ bench }: { readonly bench: Bench }): JSX.Element | null {
  const pair = bench.pair.value;
  const across = editableOf(bench, pair.across);
  const up = editableOf(bench, pair.up);
  const { value: last, error, isPending } = usePair(bench, across, up);
  // The last answer may be of other features, another class or other rows.
  const isOf = last !== null && last.of[0] === across && last.of[1] === up;
  const value = isOf && !isPending ? last : null;
  const show = showOutput(bench);
  const output = outputText(bench);
  if (bench.editables.length < 2) return null;
  return (
    <section class="card">
      <ChartFrame
        title={strings.pair}
        summary={
          value === null
            ? error === null
              ? strings.loading
              : ''
            : summaryOf(value, across, up, output, show)
        }
        {...(value === null ? {} : { table: () => tableOf(value, across, up, output, show) })}
        toolbar={<Choice bench={bench} />}
        note={value === null ? '' : strings.pairNote(value.rows)}
      >
        {value === null ? null : <HeatOf answer={value} across={across} up={up} show={show} />}
      </ChartFrame>
      {error === null ? null : <Note kind="warning">{strings.failed(error)}</Note>}
    </section>
  );
}

function usePair(bench: Bench, across: Editable, up: Editable) {
  const { answers, store } = bench;
  const [group] = store.compared.value;
  const output = bench.output.value;
  return useAnswer<Answer>(
    async () => {
      const asked = { minimum: Number.NaN, maximum: Number.NaN, steps: STEPS };
      const [a, b] = [gridOf(across, asked), gridOf(up, asked)];
      const cells = a.values.length * b.values.length;
      const most = affordable(speedOf(answers, store.page.rows.count), cells, PATIENCE);
      const some = someOf(group?.rows ?? [], most);
      const flat = await pairs(
        answers,
        answers.cellsOf(some),
        { input: up.input, grid: b.values },
        { input: across.input, grid: a.values },
        readerOf(answers.classifies, output),
      );
      const width = a.values.length;
      const values = b.values.map((_, i) => flat.subarray(i * width, (i + 1) * width));
      return { of: [across, up] as const, across: a, up: b, values, rows: some.length };
    },
    [across, up, group, output],
    Math.max(PAUSE, bench.wait),
  );
}

interface HeatOfProps {
  readonly answer: Answer;
  readonly across: Editable;
  readonly up: Editable;
  readonly show: (value: number) => string;
}

function HeatOf({ answer, across, up, show }: HeatOfProps): JSX.Element {
  const names = useMemo(
    () => ({ rows: namesOf(up, answer.up), columns: namesOf(across, answer.across) }),
    [answer],
  );
  return (
    <Heat
      label={strings.pair}
      rowTitle={up.name}
      columnTitle={across.name}
      rowNames={names.rows}
      columnNames={names.columns}
      values={answer.values}
      grid
      describe={(row, column) =>
        strings.cell(
          across.name,
          names.columns[column],
          up.name,
          names.rows[row],
          show(answer.values[row][column]),
        )
      }
    />
  );
}

function namesOf(editable: Editable, grid: Grid): string[] {
  return grid.values.map((value) => textOf(editable, value));
}

function summaryOf(
  { values }: Answer,
  across: Editable,
  up: Editable,
  output: string,
  show: (value: number) => string,
): string {
  const all = values.flatMap((line) => [...line]);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  return strings.pairSummary(across.name, up.name, output, show(low), show(high));
}

function tableOf(
  { values, across: a, up: b }: Answer,
  across: Editable,
  up: Editable,
  output: string,
  show: (value: number) => string,
): TableSpec {
  const width = a.values.length;
  const at = (i: number) => values[Math.floor(i / width)][i % width];
  const column = (editable: Editable, grid: Grid, place: (i: number) => number) => ({
    title: editable.name,
    numeric: editable.kind !== 'labels',
    value: (i: number) => grid.xs[place(i)],
    text: (i: number) => textOf(editable, grid.values[place(i)]),
  });
  return {
    count: width * b.values.length,
    columns: [
      column(across, a, (i) => i % width),
      column(up, b, (i) => Math.floor(i / width)),
      { title: output, numeric: true, value: at, text: (i) => show(at(i)) },
    ],
  };
}

function Choice({ bench }: { readonly bench: Bench }): JSX.Element {
  const pair = bench.pair.value;
  // A feature against itself is no pair.
  const without = (other: number) =>
    bench.editables
      .filter(({ input }) => input !== other)
      .map(({ input, name }) => ({ value: input, label: name }));
  return (
    <div class="row">
      <Select
        label={strings.first}
        value={pair.across}
        options={without(pair.up)}
        onChange={(across) => {
          bench.pair.value = { ...pair, across };
        }}
      />
      <Select
        label={strings.second}
        value={pair.up}
        options={without(pair.across)}
        onChange={(up) => {
          bench.pair.value = { ...pair, up };
        }}
      />
    </div>
  );
}
