/** Curves that were computed when the page was made, where no model can run in it. */

import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { ChartFrame, Lines } from '../../charts/index.ts';
import type { AxisSpec, LineSeries, TableSpec } from '../../charts/types.ts';
import { meanCurve } from '../../model/curves.ts';
import type { Page } from '../../payload/page.ts';
import type { Recorded } from '../../payload/types.ts';
import { outputNames, useStore } from '../../state/store.ts';
import { number, percent } from '../../text/numbers.ts';
import { Badge, Note, Select } from '../../ui/index.ts';
import { LineKeys } from './LineKeys.tsx';
import { strings } from './strings.ts';
import { curveOf, heldOutput, spanOf } from './sweep.ts';

export function RecordedCurves(): JSX.Element {
  const { page, output } = useStore();
  const { recorded, classes } = page.payload;
  const [at, setAt] = useState(0);
  const [row, setRow] = useState(0);
  const one = recorded[Math.min(at, recorded.length - 1)];
  const asked = output.value === 'all' ? (classes?.length === 2 ? 1 : 0) : output.value;
  const size = one.rows.length * one.grid.length;
  // Only what was recorded is drawn, under its own name.
  const cls = heldOutput(page.array(one.array).length, size, asked);
  const thick = Math.min(row, one.rows.length - 1);
  const lines = useMemo(() => linesOf(page, one, cls, thick), [one, cls, thick]);
  const show = classes === null ? number : percent;
  const unit = classes === null ? strings.prediction : strings.probability;
  const names = outputNames(page);
  const name = names[cls] ?? '';
  const other = cls === asked ? null : strings.recordedOther(name, names[asked] ?? '');
  const title = names.length > 1 ? strings.outputOf(name, unit) : unit;
  return (
    <div class="stack">
      <Said page={page} other={other} />
      <section class="card">
        <ChartFrame
          title={strings.curves(one.feature)}
          summary={strings.recordedSummary(title, one.rows.length, one.feature)}
          table={() => tableOf(lines, one, show)}
          legend={<LineKeys lines={lines} />}
          toolbar={
            <div class="row">
              <Select
                label={strings.swept}
                value={at}
                options={recorded.map((curve, value) => ({ value, label: curve.feature }))}
                onChange={setAt}
              />
              <Select
                label={strings.recordedRow}
                value={thick}
                options={one.rows.map((position, value) => ({
                  value,
                  label: page.rows.ids.text(position),
                }))}
                onChange={setRow}
              />
            </div>
          }
        >
          <Lines
            label={strings.curves(one.feature)}
            x={axisOf(one)}
            y={{ title, domain: spanOf(lines), format: show }}
            series={lines}
          />
        </ChartFrame>
      </section>
    </div>
  );
}

interface SaidProps {
  readonly page: Page;
  /** That the output which is chosen was not recorded. */
  readonly other: string | null;
}

/** What these curves are, and how to get more. */
function Said({ page, other }: SaidProps): JSX.Element {
  return (
    <section class="card stack tight">
      <p class="small">
        <Badge kind="info">{strings.modes.recorded}</Badge> <span>{strings.recorded}</span>
      </p>
      {page.payload.modelNote ? <p class="small">{page.payload.modelNote}</p> : null}
      <p class="small">{strings.whatToDo}</p>
      {other === null ? null : <Note kind="warning">{other}</Note>}
      <Note kind="warning">{page.payload.caution}</Note>
    </section>
  );
}

/** Whether a grid is of labels. */
function isOfLabels({ grid }: Recorded): boolean {
  return grid.some((value) => typeof value === 'string');
}

function placesOf(one: Recorded): number[] {
  return one.grid.map((value, i) => (isOfLabels(one) ? i : Number(value)));
}

function axisOf(one: Recorded): AxisSpec {
  if (isOfLabels(one)) {
    return { title: one.feature, kind: 'category', names: one.grid.map(String) };
  }
  const xs = placesOf(one);
  return { title: one.feature, domain: [xs[0] ?? 0, xs.at(-1) ?? 1], exact: true };
}

/** Every row thin, one of them thick, and their mean. */
function linesOf(page: Page, one: Recorded, output: number, thick: number): LineSeries[] {
  const width = one.grid.length;
  const size = one.rows.length * width;
  const all = Float64Array.from(page.array(one.array).slice(output * size, (output + 1) * size));
  const xs = placesOf(one);
  const single = (row: number) => ({ xs, ys: curveOf(all, row, width) });
  const id = page.rows.ids.text(one.rows[thick]);
  return [
    ...one.rows.map((_, row) => ({ ...single(row), name: '', colour: 0 as const, faint: true })),
    {
      name: strings.meanRecorded(one.rows.length),
      xs,
      ys: meanCurve(all, width),
      colour: 0,
      dash: 1,
    },
    { ...single(thick), name: strings.rowNamed(id), colour: 1, strong: true, dash: 0 },
  ];
}

function tableOf(
  lines: readonly LineSeries[],
  one: Recorded,
  show: (value: number) => string,
): TableSpec {
  const read = lines.filter((line) => !line.faint);
  return {
    count: one.grid.length,
    columns: [
      { title: one.feature, value: (i) => one.grid[i], numeric: !isOfLabels(one) },
      ...read.map((line) => ({
        title: line.name,
        numeric: true,
        value: (i: number) => line.ys[i],
        text: (i: number) => show(line.ys[i]),
      })),
    ],
  };
}
