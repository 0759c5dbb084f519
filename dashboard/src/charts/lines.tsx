/** Lines of several series: told apart by colour and dashes, read off by pointer or arrow keys. */

import type { JSX } from 'preact';
import { useId, useMemo, useState } from 'preact/hooks';
import { axisText } from './axes.ts';
import { Axis } from './axis.tsx';
import { Grip } from './grip.tsx';
import { useWidth } from './hooks.ts';
import { DASHES, lookClass } from './looks.tsx';
import { pathOf, shapeOf } from './paths.ts';
import { nearestIndex, readingsAt, stepsOf } from './reading.ts';
import { Readout } from './readout.tsx';
import { RIGHT, type Room, roomOf, TOP } from './room.ts';
import { strings } from './strings.ts';
import type { LineSeries, LinesProps } from './types.ts';

export function Lines(props: LinesProps): JSX.Element {
  const [ref, width] = useWidth();
  const hint = useId();
  const [cursor, setCursor] = useState<{ x: number; live: boolean } | null>(null);
  const height = props.height ?? 280;
  const plot = roomOf(props, width, height);
  const read = props.series.filter((series) => !series.faint);
  const steps = useMemo(() => stepsOf(read.map((series) => series.xs)), [props.series]);
  const at = cursor === null || steps.length === 0 ? null : nearestIndex(steps, cursor.x);
  const x = at === null ? Number.NaN : steps[at];
  const move = (to: number) => {
    const next = Math.min(steps.length - 1, Math.max(0, to));
    if (steps.length > 0) setCursor({ x: steps[next], live: true });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const now = at ?? (steps.length >> 1) - 1;
    if (event.key === 'ArrowRight') move(now + 1);
    else if (event.key === 'ArrowLeft') move(now - 1);
    else if (event.key === 'Home') move(0);
    else if (event.key === 'End') move(steps.length - 1);
    else if (event.key === 'Enter' && at !== null && props.onPick) props.onPick(x);
    else return;
    event.preventDefault();
  };
  const pixel = (event: PointerEvent | MouseEvent) =>
    event.clientX - (event.currentTarget as Element).getBoundingClientRect().left;
  return (
    <div class="chart" ref={ref}>
      {width > 0 ? (
        <div
          class="surface"
          role="application"
          aria-label={props.label}
          aria-describedby={hint}
          tabIndex={0}
          onKeyDown={onKeyDown}
          onBlur={() => setCursor(null)}
          onPointerMove={(event) => setCursor({ x: plot.x.value(pixel(event)), live: false })}
          onPointerLeave={() => setCursor(null)}
          onClick={() => {
            if (at !== null) props.onPick?.(x);
          }}
        >
          <svg width={width} height={height} role="presentation">
            <Ground props={props} plot={plot} />
            {props.series.map((series, i) => (
              <Line key={`${i} ${series.name}`} series={series} plot={plot} />
            ))}
            <Marks props={props} plot={plot} />
            <RuleNames props={props} plot={plot} />
            {at === null ? null : <Cursor series={read} x={x} plot={plot} />}
            {props.handle ? (
              <Grip handle={props.handle} x={plot.x} y={plot.y} top={TOP} bottom={plot.bottom} />
            ) : null}
          </svg>
        </div>
      ) : null}
      <Readout
        at={at === null ? null : { x: plot.x.place(x), y: TOP + 20 }}
        text={at === null ? '' : textAt(props, read, x)}
        live={cursor?.live ?? false}
        width={width}
      />
      <p class="chart-hint" id={hint}>
        {strings.lineKeys}
      </p>
    </div>
  );
}

function textAt(props: LinesProps, series: readonly LineSeries[], x: number): string {
  const heading = strings.named(props.x.title, axisText(props.x, x));
  const lines = readingsAt(series, x).map(({ name, y }) =>
    strings.named(name, axisText(props.y, y)),
  );
  return [heading, ...lines].join('\n');
}

function Ground({ props, plot }: { props: LinesProps; plot: Room }): JSX.Element {
  const { x, y, left, bottom, width } = plot;
  const right = x.range[1];
  return (
    <g aria-hidden="true">
      <Axis side="left" layout={y} at={left} grid={width - RIGHT - left} room={left - 10} />
      <Axis side="bottom" layout={x} at={bottom} grid={bottom - TOP} />
      <text class="axis-title" x={0} y={10}>
        {y.spec.title}
      </text>
      {props.diagonal ? (
        <line class="rule" x1={x.range[0]} x2={right} y1={y.range[0]} y2={y.range[1]} />
      ) : null}
      {props.rug ? <Rug values={props.rug} plot={plot} /> : null}
      {props.rules?.map((rule, i) => (
        <path
          key={i}
          class="rule"
          d={
            rule.axis === 'x'
              ? `M${x.place(rule.value)} ${TOP}V${bottom}`
              : `M${left} ${y.place(rule.value)}H${right}`
          }
        />
      ))}
    </g>
  );
}

/** Names of straight lines, over the series. */
function RuleNames({ props, plot }: { props: LinesProps; plot: Room }): JSX.Element {
  const { x, y } = plot;
  return (
    <g aria-hidden="true">
      {props.rules?.map((rule, i) =>
        rule.axis === 'x' ? (
          <text key={i} class="halo" x={x.place(rule.value) + 4} y={TOP + 10}>
            {rule.label}
          </text>
        ) : (
          <text
            key={i}
            class="halo"
            x={x.range[1] - 4}
            y={y.place(rule.value) - 5}
            text-anchor="end"
          >
            {rule.label}
          </text>
        ),
      )}
    </g>
  );
}

function Rug({ values, plot }: { values: ArrayLike<number>; plot: Room }): JSX.Element {
  const pixels = new Set(
    Array.from(values, (value) => Math.round(plot.x.place(value))).filter(Number.isFinite),
  );
  const path = Array.from(pixels, (pixel) => `M${pixel} ${plot.bottom - 6}v6`).join('');
  return <path d={path} stroke="var(--ink-3)" stroke-opacity={0.6} />;
}

function Line({ series, plot }: { series: LineSeries; plot: Room }): JSX.Element {
  const points = stepped(series, plot);
  const band = series.low && series.high ? bandOf(series, plot) : null;
  const look = lookClass(series.colour);
  return (
    <g class={look} aria-hidden="true">
      {band === null ? null : <path class="soft-look" d={band} />}
      <path
        class="line-look"
        d={pathOf(points)}
        stroke-width={series.faint ? 1 : series.strong ? 3 : 2}
        stroke-opacity={series.faint ? 0.28 : 1}
        stroke-dasharray={DASHES[series.dash ?? (series.faint ? 0 : (series.colour ?? 0))]}
        stroke-linejoin="round"
      />
      {points.map(([x, y], i) =>
        Number.isFinite(y) && (series.markers || (x === plot.x.missingAt && !series.faint)) ? (
          <path
            key={i}
            class="fill-look"
            d={shapeOf(series.colour ?? 0, 44)}
            transform={`translate(${x} ${y})`}
          />
        ) : null,
      )}
    </g>
  );
}

function stepped(series: LineSeries, { x, y }: Room): [number, number][] {
  const points: [number, number][] = [];
  for (let i = 0; i < series.xs.length; i++) {
    const value = series.ys[i];
    const spot: [number, number] = [
      x.place(series.xs[i]),
      Number.isNaN(value) ? Number.NaN : y.place(value),
    ];
    // What has no value is a point of its own: no line leads to it.
    if (Number.isNaN(series.xs[i])) points.push([Number.NaN, Number.NaN]);
    const last = points.at(-1);
    if (series.step && last !== undefined) points.push([spot[0], last[1]]);
    points.push(spot);
  }
  return points;
}

function bandOf(series: LineSeries, { x, y }: Room): string {
  const { low = [], high = [], xs } = series;
  const known = Array.from(xs, (_, i) => i).filter(
    (i) => Number.isFinite(low[i]) && Number.isFinite(high[i]),
  );
  const upper = known.map((i) => [x.place(xs[i]), y.place(high[i])] as const);
  const lower = known.map((i) => [x.place(xs[i]), y.place(low[i])] as const);
  return known.length === 0 ? '' : `${pathOf([...upper, ...lower.reverse()])}Z`;
}

function Marks({ props, plot }: { props: LinesProps; plot: Room }): JSX.Element {
  return (
    <g aria-hidden="true">
      {props.marks?.map((mark, i) => (
        <g key={i} class={lookClass(mark.colour)}>
          <circle
            class="fill-look"
            cx={plot.x.place(mark.x)}
            cy={plot.y.place(mark.y)}
            r={5}
            stroke="var(--surface)"
            stroke-width={2}
          >
            <title>{mark.label}</title>
          </circle>
        </g>
      ))}
    </g>
  );
}

interface CursorProps {
  readonly series: readonly LineSeries[];
  readonly x: number;
  readonly plot: Room;
}

function Cursor({ series, x, plot }: CursorProps): JSX.Element {
  const at = plot.x.place(x);
  return (
    <g aria-hidden="true">
      <line class="cursor-line" x1={at} x2={at} y1={TOP} y2={plot.bottom} />
      {readingsAt(series, x).map(({ name, y }) =>
        Number.isNaN(y) ? null : (
          <circle key={name} class="cursor-dot" cx={at} cy={plot.y.place(y)} r={4} />
        ),
      )}
    </g>
  );
}
