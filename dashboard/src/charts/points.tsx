/** A scatter of any number of points: canvas below, axes and marks above, keys for all of it. */

import type { JSX } from 'preact';
import { useEffect, useId, useMemo, useRef, useState } from 'preact/hooks';
import { layoutAxis } from './axes.ts';
import { AXIS_HEIGHT, Axis, leftRoom } from './axis.tsx';
import { dotsFor, sized, stamp } from './canvas.ts';
import { arrowOf, useTheme, useWidth } from './hooks.ts';
import { nearestPoint, nextPoint, pointsIn } from './nearest.ts';
import { kindsOf, pixelsOf } from './places.ts';
import { Readout } from './readout.tsx';
import { strings } from './strings.ts';
import type { Box, PlotLayout, PointsProps } from './types.ts';

const TOP = 22;
const RIGHT = 14;
const REACH = 12;
const DRAG = 4;

interface Corner {
  readonly x: number;
  readonly y: number;
}

/** Where everything lies, for one width. */
interface Placed {
  readonly layout: PlotLayout;
  readonly left: number;
  readonly bottom: number;
  readonly xs: Float32Array;
  readonly ys: Float32Array;
}

function placed(props: PointsProps, width: number, height: number): Placed {
  const bottom = height - AXIS_HEIGHT;
  const y = layoutAxis(props.y, [bottom, TOP], 44);
  const left = leftRoom(y, Math.min(130, width * 0.25));
  const x = layoutAxis(props.x, [left, Math.max(left + 40, width - RIGHT)], 80);
  return {
    layout: { x, y, width, height },
    left,
    bottom,
    xs: pixelsOf(props.xs, props.rows, x, 0),
    ys: pixelsOf(props.ys, props.rows, y, 1),
  };
}

export function Points(props: PointsProps): JSX.Element {
  const [ref, width] = useWidth();
  const hint = useId();
  const theme = useTheme();
  const canvas = useRef<HTMLCanvasElement>(null);
  const height = props.height ?? 340;
  const { rows, xs, ys, x, y, colours } = props;
  const plot = useMemo(() => placed(props, width, height), [rows, xs, ys, x, y, width, height]);
  const kinds = useMemo(() => kindsOf(rows.length, colours), [rows, colours]);
  useEffect(() => {
    if (canvas.current === null || width === 0) return;
    const pen = sized(canvas.current, width, height);
    if (pen) stamp(pen, { xs: plot.xs, ys: plot.ys, kinds, ...dotsFor(rows.length) });
  }, [plot, kinds, theme, width]);
  const control = useControl(props, plot);
  const { at, shown } = control;
  return (
    <div class="chart" ref={ref}>
      {width > 0 ? (
        <div
          class="surface"
          role="application"
          aria-label={props.label}
          aria-describedby={hint}
          tabIndex={0}
          onKeyDown={control.onKeyDown}
          onFocus={control.onFocus}
          onBlur={control.onBlur}
          onPointerDown={control.onPointerDown}
          onPointerMove={control.onPointerMove}
          onPointerUp={control.onPointerUp}
          onPointerLeave={control.onLeave}
          style={{ cursor: props.onPick && shown >= 0 ? 'pointer' : 'crosshair' }}
        >
          <svg class="under" width={width} height={height} aria-hidden="true">
            <Frame plot={plot} />
          </svg>
          <canvas ref={canvas} aria-hidden="true" />
          <svg class="over" width={width} height={height} aria-hidden="true">
            {props.overlay?.(plot.layout)}
            <Selected props={props} plot={plot} />
            {control.box ? <Rectangle a={control.box[0]} b={control.box[1]} /> : null}
            {shown >= 0 ? (
              <circle class="cursor-dot" cx={plot.xs[shown]} cy={plot.ys[shown]} r={7} />
            ) : null}
          </svg>
        </div>
      ) : null}
      <Readout
        at={shown >= 0 ? { x: plot.xs[shown], y: plot.ys[shown] } : null}
        text={control.text}
        live={at >= 0}
        width={width}
      />
      <p class="chart-hint" id={hint}>
        {hintOf(props)}
      </p>
    </div>
  );
}

function hintOf(props: PointsProps): string {
  return [
    strings.pointKeys,
    props.onPick ? strings.pickKey : '',
    props.onBrush ? strings.brushPointer : '',
    props.onBrush ? strings.brushKeys : '',
  ].join(' ');
}

function Frame({ plot }: { plot: Placed }): JSX.Element {
  const { x, y, width } = plot.layout;
  return (
    <>
      <Axis
        side="left"
        layout={y}
        at={plot.left}
        grid={width - RIGHT - plot.left}
        room={plot.left - 10}
      />
      <Axis side="bottom" layout={x} at={plot.bottom} grid={plot.bottom - TOP} />
      <text class="axis-title" x={0} y={10}>
        {y.spec.title}
      </text>
    </>
  );
}

function Selected({ props, plot }: { props: PointsProps; plot: Placed }): JSX.Element {
  const marked = useMemo(() => {
    const wanted = new Set(props.selected);
    return wanted.size === 0
      ? []
      : Array.from(props.rows, (row, i) => (wanted.has(row) ? i : -1)).filter((i) => i >= 0);
  }, [props.selected, props.rows]);
  return (
    <>
      {marked.map((i) => (
        <circle key={i} class="picked-dot" cx={plot.xs[i]} cy={plot.ys[i]} r={6} />
      ))}
    </>
  );
}

function Rectangle({ a, b }: { a: Corner; b: Corner }): JSX.Element {
  return (
    <rect
      class="brush"
      x={Math.min(a.x, b.x)}
      y={Math.min(a.y, b.y)}
      width={Math.abs(a.x - b.x)}
      height={Math.abs(a.y - b.y)}
    />
  );
}

/** What pointer and keys have done so far. */
interface Control {
  /** Point under the keyboard's cursor; -1: none. */
  readonly at: number;
  /** Point whose readout is shown. */
  readonly shown: number;
  readonly text: string;
  readonly box: readonly [Corner, Corner] | null;
  readonly onKeyDown: (event: KeyboardEvent) => void;
  readonly onPointerDown: (event: PointerEvent) => void;
  readonly onPointerMove: (event: PointerEvent) => void;
  readonly onPointerUp: (event: PointerEvent) => void;
  readonly onLeave: () => void;
  readonly onFocus: () => void;
  readonly onBlur: () => void;
}

function useControl(props: PointsProps, plot: Placed): Control {
  const [at, setAt] = useState(-1);
  const [over, setOver] = useState(-1);
  const [from, setFrom] = useState<Corner | null>(null);
  const [to, setTo] = useState<Corner | null>(null);
  const [said, setSaid] = useState('');
  const [byKey, setByKey] = useState(false);
  const [focused, setFocused] = useState(false);
  const known = at < props.rows.length ? at : -1;
  const cursor = focused ? known : -1;
  const shown = over >= 0 && over < props.rows.length ? over : cursor;
  const spot = (i: number): Corner => ({ x: plot.xs[i], y: plot.ys[i] });
  const drop = () => {
    setFrom(null);
    setTo(null);
    setByKey(false);
  };
  const finish = (a: Corner, b: Corner) => {
    const found = brushed(props, plot, a, b);
    drop();
    setSaid(strings.brushed(found.rows.length));
    props.onBrush?.(found.rows, found.box);
  };
  const move = (dx: number, dy: number) => {
    const next = known < 0 ? firstPoint(plot) : nextPoint(plot.xs, plot.ys, known, dx, dy);
    setAt(next);
    setOver(-1);
    setSaid('');
    if (byKey) setTo(spot(next));
  };
  const keyBrush = () => {
    if (from !== null && byKey) return finish(from, spot(known));
    setByKey(true);
    setFrom(spot(known));
    setTo(spot(known));
    return setSaid(strings.brushStarted);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const arrow = arrowOf(event.key);
    if (arrow !== null) move(arrow[0], arrow[1]);
    else if (event.key === 'Enter' && known >= 0) props.onPick?.(props.rows[known]);
    else if (event.key.toLowerCase() === 'b' && props.onBrush && known >= 0) keyBrush();
    else if (event.key === 'Escape' && byKey) {
      drop();
      setSaid(strings.brushDropped);
    } else return;
    event.preventDefault();
  };
  const here = (event: PointerEvent): Corner => {
    const frame = (event.currentTarget as Element).getBoundingClientRect();
    return { x: event.clientX - frame.left, y: event.clientY - frame.top };
  };
  const near = (spotted: Corner) => nearestPoint(plot.xs, plot.ys, spotted.x, spotted.y, REACH);
  return {
    at: cursor,
    shown,
    text: shown < 0 ? '' : [props.describe(shown), said].filter(Boolean).join('\n'),
    box: from && to && (byKey || far(from, to)) ? [from, to] : null,
    onKeyDown,
    onPointerDown: (event) => {
      if (event.button !== 0) return;
      setFrom(here(event));
      setTo(null);
      if (props.onBrush) (event.currentTarget as Element).setPointerCapture(event.pointerId);
    },
    onPointerMove: (event) => {
      const now = here(event);
      if (from !== null && props.onBrush && event.buttons === 1) setTo(now);
      setOver(near(now));
    },
    onPointerUp: (event) => {
      const now = here(event);
      if (from !== null && props.onBrush && far(from, now)) return finish(from, now);
      const point = near(now);
      if (point >= 0) props.onPick?.(props.rows[point]);
      return drop();
    },
    onLeave: () => setOver(-1),
    onFocus: () => setFocused(true),
    onBlur: () => {
      setFocused(false);
      setSaid('');
    },
  };
}

function far(a: Corner, b: Corner): boolean {
  return Math.abs(a.x - b.x) > DRAG || Math.abs(a.y - b.y) > DRAG;
}

/** Keys start at the point nearest to the middle. */
function firstPoint({ xs, ys, layout }: Placed): number {
  const middle = [
    (layout.x.range[0] + layout.x.range[1]) / 2,
    (layout.y.range[0] + layout.y.range[1]) / 2,
  ];
  return nearestPoint(xs, ys, middle[0], middle[1], Number.POSITIVE_INFINITY);
}

function brushed(
  props: PointsProps,
  plot: Placed,
  a: Corner,
  b: Corner,
): { readonly rows: Uint32Array; readonly box: Box } {
  const across = [Math.min(a.x, b.x), Math.max(a.x, b.x)] as const;
  const down = [Math.min(a.y, b.y), Math.max(a.y, b.y)] as const;
  const found = pointsIn(plot.xs, plot.ys, across, down);
  const { x, y } = plot.layout;
  return {
    rows: Uint32Array.from(found, (i) => props.rows[i]),
    box: {
      x: [x.value(across[0]), x.value(across[1])],
      y: [y.value(down[1]), y.value(down[0])],
    },
  };
}
