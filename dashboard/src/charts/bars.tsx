/** Horizontal bars, one or up to three side by side, from zero to one side or to both. */

import type { JSX } from 'preact';
import { extentOf } from '../stats/summary.ts';
import { short, signedShort, tidy } from '../text/numbers.ts';
import { layoutAxis } from './axes.ts';
import { AXIS_HEIGHT, Axis } from './axis.tsx';
import { Hatches, Patch } from './looks.tsx';
import { cut, labelRoom, textWidth } from './measure.ts';
import { LaneLabel, Mark, Marks, type Plot, usePlot } from './plot.tsx';
import { strings } from './strings.ts';
import type { AxisLayout, BarItem, BarsProps } from './types.ts';

const SINGLE = 17;
const THIN = 11;
const GAP = 9;

/** What all rows of bars share. */
interface Shared {
  readonly props: BarsProps;
  readonly plot: Plot;
  readonly x: AxisLayout;
  readonly left: number;
  readonly thick: number;
  readonly lane: number;
  readonly format: (value: number) => string;
}

export function Bars(props: BarsProps): JSX.Element {
  const { items, series } = props;
  const plot = usePlot(items.length * series.length, series.length);
  const { width } = plot;
  const plain = props.format ?? (props.signed ? signedShort : short);
  const domain = props.domain ?? domainOf(items);
  const largest = Math.max(-domain[0], domain[1]);
  const format = (value: number) => plain(tidy(value, largest));
  const left =
    labelRoom(
      items.map((item) => item.label),
      width,
    ) + 8;
  const thick = series.length === 1 ? SINGLE : THIN;
  const lane = thick * series.length + (series.length - 1) + GAP;
  const height = lane * items.length;
  const room = Math.max(24, ...textsOf(items, format).map(textWidth)) + 8;
  const below = domain[0] < 0 ? room : 0;
  const x = layoutAxis(
    { title: props.axisTitle ?? '', domain, exact: true },
    [left + below, Math.max(left + below + 40, width - room)],
    90,
  );
  const shared = { props, plot, x, left, thick, lane, format };
  return (
    <Marks plot={plot} label={props.label} height={height + AXIS_HEIGHT}>
      <Hatches id={plot.id} />
      <Axis side="bottom" layout={x} at={height} grid={height} />
      {items.map((item, i) => (
        <Lane key={`${i} ${item.label}`} item={item} i={i} {...shared} />
      ))}
      {domain[0] < 0 ? (
        <line class="zero" x1={x.place(0)} x2={x.place(0)} y1={0} y2={height} />
      ) : null}
    </Marks>
  );
}

/** The rest of many others may be far longer than any bar: it is drawn broken, not others tiny. */
function domainOf(items: readonly BarItem[]): [number, number] {
  const named = items.filter((item) => !item.muted);
  const all = (named.length > 0 ? named : items).flatMap((item) => [
    ...item.values.map(Number),
    ...(item.low ?? []).map(Number),
    ...(item.high ?? []).map(Number),
  ]);
  const [low, high] = extentOf(all, [0]);
  return high > low ? [low, high] : [0, 1];
}

function textsOf(items: readonly BarItem[], format: (value: number) => string): string[] {
  return items.flatMap((item) => item.values.map((value) => textOf(value, format)));
}

function textOf(value: number | null, format: (value: number) => string): string {
  return value === null || Number.isNaN(value) ? '' : format(value);
}

interface LaneProps extends Shared {
  readonly item: BarItem;
  readonly i: number;
}

function Lane(lane: LaneProps): JSX.Element {
  const { item, i, props } = lane;
  const top = i * lane.lane;
  return (
    <g>
      {props.picked === i ? (
        <rect
          x={0}
          y={top + 1}
          width={lane.plot.width}
          height={lane.lane - 2}
          rx={4}
          fill="var(--accent-soft)"
          stroke="var(--accent)"
          stroke-opacity={0.5}
        />
      ) : null}
      {props.series.map((_, s) => (
        <Bar key={s} {...lane} s={s} />
      ))}
      <LaneLabel
        text={item.label}
        shown={cut(item.label, lane.left - 10)}
        x={lane.left - 8}
        y={top + lane.lane / 2 + 4}
        pale={item.muted ?? false}
      />
    </g>
  );
}

function Bar(props: LaneProps & { readonly s: number }): JSX.Element {
  const { item, i, s, x, thick, format, plot } = props;
  const { series, onPick, signed } = props.props;
  const mark = i * series.length + s;
  const top = i * props.lane + GAP / 2 + s * (thick + 1);
  const value = item.values[s] ?? Number.NaN;
  const zero = x.place(0);
  const end = Number.isNaN(value) ? zero : x.place(value);
  const text = readoutOf(props);
  const tip = { x: Math.max(zero, end), y: top, text };
  const pick = onPick && (() => onPick(i, s));
  const tone =
    signed && series.length === 1 ? `look-${value < 0 ? 'negative' : 'positive'}` : undefined;
  return (
    <Mark plot={plot} mark={mark} tip={tip} onPick={pick}>
      <rect class="hit" x={0} y={top - 2} width={plot.width} height={thick + 4} rx={4} />
      <Patch
        id={plot.id}
        look={series[s].colour}
        {...(tone ? { tone } : {})}
        x={Math.min(zero, end)}
        y={top}
        width={Math.max(0.5, Math.abs(end - zero))}
        height={thick}
        opacity={item.muted ? 0.4 : 1}
      />
      {isBroken(props, value) ? <Break x={end} y={top} height={thick} /> : null}
      <Whisker low={item.low?.[s]} high={item.high?.[s]} x={x} y={top + thick / 2} />
      <text
        class="halo"
        x={value < 0 ? labelAt(props, end, -1) - 5 : labelAt(props, end, 1) + 5}
        y={top + thick / 2 + 4}
        text-anchor={value < 0 ? 'end' : 'start'}
        font-size={series.length === 1 ? 11.5 : 10.5}
        aria-hidden="true"
      >
        {textOf(value, format)}
      </text>
    </Mark>
  );
}

function isBroken({ x }: LaneProps, value: number): boolean {
  const { domain } = x.spec;
  return domain !== undefined && (value > domain[1] || value < domain[0]);
}

/** Two cuts near the end of a bar that is longer than the chart. */
function Break({ x, y, height }: { x: number; y: number; height: number }): JSX.Element {
  return (
    <path
      d={`M${x - 16} ${y + height + 1}l5 ${-height - 2}M${x - 10} ${y + height + 1}l5 ${-height - 2}`}
      stroke="var(--surface)"
      stroke-width={2.5}
    />
  );
}

/** The label stands beyond the error bar. */
function labelAt(props: LaneProps & { readonly s: number }, end: number, way: 1 | -1): number {
  const limit = way > 0 ? props.item.high?.[props.s] : props.item.low?.[props.s];
  if (limit === null || limit === undefined || Number.isNaN(limit)) return end;
  return way > 0 ? Math.max(end, props.x.place(limit)) : Math.min(end, props.x.place(limit));
}

function readoutOf(props: LaneProps & { readonly s: number }): string {
  const { item, s, format } = props;
  const { series } = props.props;
  const value = textOf(item.values[s] ?? null, format) || strings.missing;
  const lines = [item.label, series.length > 1 ? strings.named(series[s].name, value) : value];
  const low = item.low?.[s] ?? Number.NaN;
  const high = item.high?.[s] ?? Number.NaN;
  if (!Number.isNaN(low) && !Number.isNaN(high)) {
    lines.push(strings.interval(format(low), format(high)));
  }
  if (item.detail) lines.push(item.detail);
  return lines.join('\n');
}

interface WhiskerProps {
  readonly low: number | null | undefined;
  readonly high: number | null | undefined;
  readonly x: AxisLayout;
  readonly y: number;
}

function Whisker({ low, high, x, y }: WhiskerProps): JSX.Element | null {
  if (typeof low !== 'number' || typeof high !== 'number') return null;
  if (Number.isNaN(low) || Number.isNaN(high)) return null;
  const [a, b] = [x.place(low), x.place(high)];
  return (
    <path
      d={`M${a} ${y - 3}v6M${b} ${y - 3}v6M${a} ${y}H${b}`}
      stroke="var(--ink)"
      stroke-width={1.5}
      fill="none"
    />
  );
}
