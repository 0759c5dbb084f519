/** A matrix of cells: confusion matrices, two-dimensional bins and profiles. */

import type { JSX } from 'preact';
import { extentOf } from '../stats/summary.ts';
import { cut, labelRoom, textWidth } from './measure.ts';
import { Mark, Marks, type Plot, usePlot } from './plot.tsx';
import type { HeatProps } from './types.ts';

const HEAD = 38;
const FOOT = 40;
const MOST = 150;
const TALL = 46;
const LOW = 26;
const NARROW = 70;

/** Where the cells lie. */
interface Cells {
  readonly left: number;
  readonly top: number;
  readonly wide: number;
  readonly high: number;
}

function cellsOf(props: HeatProps, width: number): Cells {
  const { rowNames, columnNames, grid } = props;
  const left = labelRoom(rowNames, width) + 26;
  const room = Math.max(40, width - left - 12) / Math.max(1, columnNames.length);
  const wide = grid ? room : Math.min(room, MOST);
  const high = grid
    ? Math.max(14, Math.min(26, 320 / Math.max(1, rowNames.length)))
    : rowNames.length > 8
      ? LOW
      : TALL;
  return { left, top: grid ? 4 : HEAD, wide, high };
}

export function Heat(props: HeatProps): JSX.Element {
  const { rowNames, columnNames } = props;
  const rows = rowNames.length;
  const columns = columnNames.length;
  const plot = usePlot(rows * columns, columns);
  const cells = cellsOf(props, plot.width);
  const domain = props.domain ?? extentOf(...props.values);
  const height = cells.top + rows * cells.high + (props.grid ? FOOT : 6);
  return (
    <Marks plot={plot} label={props.label} height={height}>
      <Names props={props} cells={cells} />
      {Array.from({ length: rows * columns }, (_, mark) => (
        <Cell key={mark} props={props} cells={cells} mark={mark} domain={domain} plot={plot} />
      ))}
    </Marks>
  );
}

/** Line of a row on screen: grids have their first row at the bottom. */
function lineOf(props: HeatProps, row: number): number {
  return props.grid ? props.rowNames.length - 1 - row : row;
}

function Names({ props, cells }: { props: HeatProps; cells: Cells }): JSX.Element {
  const { rowNames, columnNames, grid } = props;
  const { left, top, wide, high } = cells;
  const right = left + wide * columnNames.length;
  const bottom = top + high * rowNames.length;
  const widest = Math.max(0, ...columnNames.map(textWidth));
  const across = grid ? Math.max(1, Math.ceil((Math.min(widest, 70) + 10) / wide)) : 1;
  const down = Math.max(1, Math.ceil(14 / high));
  return (
    <g aria-hidden="true">
      {columnNames.map((name, i) =>
        i % across === 0 ? (
          <text
            key={`${i} ${name}`}
            x={left + (i + 0.5) * wide}
            y={grid ? bottom + 15 : top - 7}
            text-anchor="middle"
          >
            <title>{name}</title>
            {cut(name, wide * across - 6)}
          </text>
        ) : null,
      )}
      {rowNames.map((name, i) =>
        i % down === 0 ? (
          <text
            key={`${i} ${name}`}
            x={left - 8}
            y={top + (lineOf(props, i) + 0.5) * high + 4}
            text-anchor="end"
          >
            <title>{name}</title>
            {cut(name, left - 25)}
          </text>
        ) : null,
      )}
      <text
        class="axis-title"
        x={(left + right) / 2}
        y={grid ? bottom + 32 : 12}
        text-anchor="middle"
      >
        {cut(props.columnTitle, right - left)}
      </text>
      <text
        class="axis-title"
        transform={`translate(11 ${(top + bottom) / 2}) rotate(-90)`}
        text-anchor="middle"
      >
        {cut(props.rowTitle, Math.max(60, bottom - top))}
      </text>
    </g>
  );
}

interface CellProps {
  readonly props: HeatProps;
  readonly cells: Cells;
  readonly mark: number;
  readonly domain: readonly [number, number];
  readonly plot: Plot;
}

function Cell(cell: CellProps): JSX.Element {
  const { props, cells, mark } = cell;
  const columns = props.columnNames.length;
  const [row, column] = [Math.floor(mark / columns), mark % columns];
  const value = props.values[row][column];
  const x = cells.left + column * cells.wide;
  const y = cells.top + lineOf(props, row) * cells.high;
  const gap = props.grid ? 0 : 2;
  const [wide, high] = [cells.wide - gap, cells.high - gap];
  // Under the number where there is no room beside it.
  const isNarrow = cells.wide < NARROW;
  const text = props.describe(row, column);
  const pick = props.onPick && (() => props.onPick?.(row, column));
  const small = props.subtext && cells.high >= 40 ? props.subtext(row, column) : '';
  return (
    <Mark plot={cell.plot} mark={mark} tip={{ x: x + cells.wide / 2, y, text }} onPick={pick}>
      <rect
        class={props.grid ? 'ring' : 'ring cell'}
        x={x}
        y={y}
        width={Math.max(1, cells.wide - gap)}
        height={Math.max(1, cells.high - gap)}
        rx={props.grid ? 0 : 4}
        style={{ fill: fillOf(value, cell.domain, props.diverging ?? false) }}
      />
      {props.diagonal && row === column ? (
        <path
          d={isNarrow ? `M${x + 5} ${y + high - 4}h${wide - 10}` : `M${x + 7} ${y + 11}l3 3 6-7`}
          fill="none"
          stroke="var(--ink-2)"
          stroke-width={1.6}
        />
      ) : null}
      <CellText
        text={cut(props.text?.(row, column) ?? '', cells.wide - 6)}
        small={cut(small, cells.wide - 6)}
        x={x + (cells.wide - gap) / 2}
        y={y + cells.high / 2}
      />
    </Mark>
  );
}

interface CellTextProps {
  readonly text: string;
  readonly small: string;
  readonly x: number;
  readonly y: number;
}

function CellText({ text, small, x, y }: CellTextProps): JSX.Element {
  const common = { class: 'strong', x, 'text-anchor': 'middle', 'aria-hidden': true } as const;
  return (
    <>
      <text {...common} y={y + (small ? -1 : 4)} font-weight={small ? 600 : 400}>
        {text}
      </text>
      {small ? (
        <text {...common} y={y + 13} font-size={10.5}>
          {small}
        </text>
      ) : null}
    </>
  );
}

/** Colour of a value: pale to strong, or to both sides of zero. */
function fillOf(value: number, [low, high]: readonly [number, number], diverging: boolean): string {
  if (!Number.isFinite(value)) return 'var(--sunken)';
  if (diverging) {
    const most = Math.max(Math.abs(low), Math.abs(high)) || 1;
    const side = value < 0 ? '--heat-negative' : '--heat-positive';
    return mix(side, Math.abs(value) / most);
  }
  return mix('--heat-1', high > low ? (value - low) / (high - low) : 0.5);
}

function mix(token: string, share: number): string {
  const part = Math.round(Math.min(1, Math.max(0, share)) * 100);
  return `color-mix(in oklab, var(${token}) ${part}%, var(--heat-0))`;
}
