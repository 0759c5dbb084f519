/** Rows by two quantities: cells coloured by how many, or by the mean of a third. */

import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { ChartFrame, Heat } from '../../charts/index.ts';
import { extentOf } from '../../stats/summary.ts';
import { count, percent, short } from '../../text/numbers.ts';
import { type Cells, cellsOf, rowsIn } from './figures.ts';
import type { PanelProps } from './panels.tsx';
import { type Averaged, averaged } from './plan.ts';
import type { Reading } from './readings.ts';
import { sentenceOf } from './sentences.ts';
import { all, type Slots } from './slots.ts';
import { strings } from './strings.ts';
import { cellsTable } from './tables.ts';

/** Intervals need short names: where they begin. */
function namesOf(reading: Reading, slots: Slots): readonly string[] {
  const { edges } = slots;
  if (edges === undefined || reading.kind === 'time') return slots.names;
  return slots.names.map((name, i) => (i < edges.length - 1 ? short(edges[i]) : name));
}

function titleOf(reading: Reading, slots: Slots): string {
  const isShort = slots.edges !== undefined && reading.kind !== 'time';
  return isShort ? strings.from(reading.name) : reading.name;
}

/** Smallest and largest value of all cells with rows. */
function endsOf(values: readonly Float64Array[]): readonly [number, number] {
  return extentOf(...values.map((line) => line.filter(Number.isFinite)));
}

/** Cells without rows have a colour of their own: the palest of the others stands out from it. */
const PALE = 0.2;

export function CellsPanel({ plan, panel, onPick }: PanelProps): JSX.Element | null {
  const { x, y, across, up, colour } = plan;
  const [part] = panel.parts;
  const third = useMemo(() => (colour === null ? null : averaged(colour)), [colour]);
  const cells = useMemo(
    () =>
      across === null || up === null ? null : cellsOf(across, up, part.rows, third?.cells ?? null),
    [across, up, part.rows, third],
  );
  const summary = useMemo(() => sentenceOf(plan, part.rows), [plan, part.rows]);
  if (cells === null || across === null || up === null || y === null) return null;
  const values = (cells.means ?? cells.counts).map((line, i) =>
    // Cells without rows stay empty, and do not stretch the scale.
    line.map((value, j) => (cells.counts[i][j] === 0 ? Number.NaN : value)),
  );
  const ends = endsOf(values);
  const diverging = third !== null && !third.isShare && ends[0] < 0 && ends[1] > 0;
  const grid = across.edges !== undefined || up.edges !== undefined;
  return (
    <ChartFrame
      title={panel.title}
      summary={summary}
      table={() => cellsTable(x, y, across, up, cells, third)}
      note={noteOf(third, ends, diverging)}
    >
      <Heat
        label={panel.title}
        rowTitle={titleOf(y, up)}
        columnTitle={titleOf(x, across)}
        rowNames={namesOf(y, up)}
        columnNames={namesOf(x, across)}
        values={values}
        grid={grid}
        diverging={diverging}
        domain={diverging ? ends : [ends[0] - PALE * (ends[1] - ends[0]), ends[1]]}
        {...(grid ? {} : { text: (i: number, j: number) => textOf(cells, third, i, j) })}
        {...(grid || third === null
          ? {}
          : { subtext: (i: number, j: number) => strings.countOf(cells.counts[i][j]) })}
        describe={(i, j) => described(plan.x, y, across.names[j], up.names[i], cells, third, i, j)}
        onPick={(i, j) =>
          onPick({
            group: part.group,
            rows: rowsIn(part.rows, across, j, up, i),
            candidates: [all([across.filter(j), up.filter(i)])],
            byHand: strings.byIds(x.name, y.name),
          })
        }
      />
    </ChartFrame>
  );
}

function noteOf(
  third: Averaged | null,
  [low, high]: readonly [number, number],
  diverging: boolean,
): string {
  if (third === null) return strings.cellCount(count(low), count(high));
  const say = diverging ? strings.cellSides : strings.cellMean;
  return say(third.name, meanText(third, low), meanText(third, high));
}

function meanText(third: Averaged, mean: number): string {
  return third.isShare ? percent(mean) : third.show(mean);
}

function textOf(cells: Cells, third: Averaged | null, i: number, j: number): string {
  const mean = cells.means?.[i][j] ?? Number.NaN;
  if (third === null) return count(cells.counts[i][j]);
  return Number.isNaN(mean) ? '' : meanText(third, mean);
}

function described(
  x: Reading,
  y: Reading,
  across: string,
  up: string,
  cells: Cells,
  third: Averaged | null,
  i: number,
  j: number,
): string {
  const lines = [strings.cell(x.name, across, y.name, up, cells.counts[i][j])];
  const mean = cells.means?.[i][j] ?? Number.NaN;
  if (third !== null && !Number.isNaN(mean)) {
    lines.push(strings.cellColour(third.name, meanText(third, mean)));
  }
  return lines.join('\n');
}
