/** Curves of one feature: the row's own (ICE), means over cohorts (PDP), other rows. */

import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { ChartFrame, Lines } from '../../charts/index.ts';
import type { LineSeries, Look, TableSpec } from '../../charts/types.ts';
import { ice, readerOf, type Sweep } from '../../model/curves.ts';
import type { Cells } from '../../model/evaluator.ts';
import { measured } from '../../state/measure.ts';
import { someOf } from '../../stats/summary.ts';
import { Note } from '../../ui/index.ts';
import { useAnswer } from '../shared/answers.ts';
import { type Beside, useBeside } from './beside.ts';
import { handleOf } from './handle.ts';
import { LineKeys } from './LineKeys.tsx';
import { isSameBeside, textOf } from './logic.ts';
import { Controls } from './SweepControls.tsx';
import { type Bench, editableOf } from './state.ts';
import { strings } from './strings.ts';
import { axisOf, curveOf, type Grid, gridKey, gridOf, rangeRules, spanOf } from './sweep.ts';
import { outputAxis, outputText, showOutput } from './units.ts';

export function Curves({ bench }: { readonly bench: Bench }): JSX.Element {
  const editable = editableOf(bench, bench.swept.value);
  const { after, changes } = bench.edited.value;
  const now = after.inputs[editable.input][0];
  const asked = bench.asked.value;
  const grid = useMemo(
    () => gridOf(editable, asked, now),
    [editable, asked, gridKey(editable, now)],
  );
  const { own, error } = useOwn(bench, { input: editable.input, grid: grid.values });
  const { lines: beside, error: failed } = useBeside(bench, {
    input: editable.input,
    grid: grid.values,
  });
  const why = error ?? failed;
  const lines = useMemo(
    () =>
      seriesOf(
        bench,
        grid,
        own,
        beside,
        changes.some((c) => c.input !== editable.input),
      ),
    [own, beside, grid],
  );
  const output = outputText(bench);
  const show = showOutput(bench);
  const mine = lines.find((line) => line.strong);
  const [low, high] = spanOf(mine === undefined ? [] : [mine]);
  const axis = axisOf(editable, grid);
  const handle = handleOf(bench, editable, grid, mine);
  return (
    <section class="card stack tight">
      <Controls bench={bench} />
      {why === null ? null : <Note kind="warning">{strings.failed(why)}</Note>}
      <ChartFrame
        title={strings.curves(editable.name)}
        summary={
          mine === undefined
            ? strings.loading
            : strings.curvesSummary(output, editable.name, show(low), show(high))
        }
        table={() =>
          tableOf(lines, grid, editable.name, (i) => textOf(editable, grid.values[i]), show)
        }
        legend={<LineKeys lines={lines} />}
        note={noteOf(lines)}
      >
        <Lines
          label={strings.curves(editable.name)}
          x={axis}
          y={outputAxis(bench, spanOf(lines))}
          series={lines}
          rules={rangeRules(editable, grid)}
          {...(handle === null ? {} : { handle })}
          {...(editable.kind === 'labels' ? {} : { rug: someOf(editable.observed().sorted, 100) })}
        />
      </ChartFrame>
    </section>
  );
}

interface Own {
  /** Both rows, and what they were asked with. */
  readonly both: Cells;
  readonly sweep: Sweep;
  readonly output: number;
  readonly now: Float64Array;
  readonly before: Float64Array | null;
}

/** Curves of the row as it is edited, and as it was. */
function useOwn(bench: Bench, sweep: Sweep): { own: Own | null; error: string | null } {
  const { both } = bench.edited.value;
  const output = bench.output.value;
  const { answers, wait } = bench;
  const { value, error, isPending } = useAnswer<Own>(
    () =>
      measured('mlx-ice', async () => {
        const read = readerOf(answers.classifies, output);
        const curves = await ice(answers, both, sweep, read);
        const width = sweep.grid.length;
        const [before, now] = [curveOf(curves, 0, width), curveOf(curves, 1, width)];
        return { both, sweep, output, before, now };
      }),
    [both, sweep.grid, output],
    wait,
  );
  const isOwn = value !== null && (!isPending || isOf(value, both, sweep, output));
  return { own: isOwn ? value : null, error };
}

/** Whether curves are those of rows, whatever these have in the column that is swept. */
function isOf(own: Own, both: Cells, { input, grid }: Sweep, output: number): boolean {
  const isAsked = own.sweep.input === input && own.sweep.grid === grid && own.output === output;
  return isAsked && isSameBeside(own.both, both, input);
}

/** Lines in the order in which they are drawn: the row's own on top. */
function seriesOf(
  bench: Bench,
  grid: Grid,
  own: Own | null,
  beside: readonly Beside[],
  isMoved: boolean,
): LineSeries[] {
  const { xs } = grid;
  const markers = grid.names.length > 0 ? { markers: true } : {};
  const lines: LineSeries[] = [];
  for (const { name, colour, curve, singles } of beside) {
    for (const ys of singles) lines.push({ name: '', xs, ys, colour, faint: true });
    lines.push({ name, xs, ys: curve, colour, dash: colour === 2 ? 2 : 1, ...markers });
  }
  if (own === null) return lines;
  const id = bench.store.page.rows.ids.text(bench.edited.value.row);
  const look = freeLook(beside);
  const mine = { xs, ...look, ...markers };
  if (own.before && isMoved) {
    lines.push({ ...mine, name: strings.beforeEdit, ys: own.before, dash: 2 });
  }
  lines.push({ ...mine, name: strings.rowNamed(id), ys: own.now, strong: true, dash: 0 });
  return lines;
}

function noteOf(lines: readonly LineSeries[]): string {
  const singles = lines.filter((line) => line.faint).length;
  return singles === 0 ? strings.curvesRowsNote : strings.curvesNote(singles);
}

/** A colour that no cohort has; with three of them the accent's. */
function freeLook(beside: readonly Beside[]): { colour?: Look } {
  const free = ([1, 2] as const).find((look) => beside.every(({ colour }) => colour !== look));
  return free === undefined ? {} : { colour: free };
}

function tableOf(
  lines: readonly LineSeries[],
  grid: Grid,
  name: string,
  text: (i: number) => string,
  show: (value: number) => string,
): TableSpec {
  const read = lines.filter((line) => !line.faint);
  return {
    count: grid.xs.length,
    columns: [
      { title: name, numeric: true, value: (i) => grid.xs[i], text },
      ...read.map((line) => ({
        title: line.name,
        numeric: true,
        value: (i: number) => line.ys[i],
        text: (i: number) => show(line.ys[i]),
      })),
    ],
  };
}
