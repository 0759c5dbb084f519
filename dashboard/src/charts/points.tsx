/** A scatter of any number of points: canvas below, axes and marks above, keys for all of it. */

import type { JSX } from 'preact';
import { useEffect, useId, useMemo, useRef, useState } from 'preact/hooks';
import { Axis } from './axis.tsx';
import {
  type Brush,
  begun,
  type Corner,
  cornersAt,
  dragged,
  followed,
  NO_BRUSH,
  pressed,
  spansOf,
} from './brush.ts';
import { dotsFor, sized, stamp } from './canvas.ts';
import { arrowOf, useTheme, useWidth } from './hooks.ts';
import { nearestPoint, nextPoint, pointsIn } from './nearest.ts';
import { kindsOf, pixelsOf } from './places.ts';
import { Readout } from './readout.tsx';
import { RIGHT, type Room, roomOf, TOP } from './room.ts';
import { strings } from './strings.ts';
import type { Box, PointsProps } from './types.ts';

const REACH = 12;

/** Where everything lies, for one width. */
interface Placed extends Room {
  readonly xs: Float32Array;
  readonly ys: Float32Array;
}

function placed(props: PointsProps, width: number, height: number): Placed {
  const room = roomOf(props, width, height);
  return {
    ...room,
    xs: pixelsOf(props.xs, props.rows, room.x, 0),
    ys: pixelsOf(props.ys, props.rows, room.y, 1),
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
            {props.overlay?.(plot)}
            <Selected props={props} plot={plot} />
            {control.box ? <Rectangle corners={control.box} /> : null}
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
  const { x, y, width } = plot;
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

function Rectangle({ corners }: { corners: readonly [Corner, Corner] }): JSX.Element {
  const { across, down } = spansOf(corners);
  const size = { width: across[1] - across[0], height: down[1] - down[0] };
  return <rect class="brush" x={across[0]} y={down[0]} {...size} />;
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
  const [brush, setBrush] = useState(NO_BRUSH);
  const [said, setSaid] = useState('');
  const [focused, setFocused] = useState(false);
  const known = at < props.rows.length ? at : -1;
  const cursor = focused ? known : -1;
  const shown = over >= 0 && over < props.rows.length ? over : cursor;
  const finish = (corners: readonly [Corner, Corner]) => {
    const found = brushed(props, plot, corners);
    setBrush(NO_BRUSH);
    setSaid(strings.brushed(found.rows.length));
    props.onBrush?.(found.rows, found.box);
  };
  const onMove = (next: number) => {
    setAt(next);
    setOver(-1);
  };
  return {
    at: cursor,
    shown,
    text: shown < 0 ? '' : [props.describe(shown), said].filter(Boolean).join('\n'),
    box: cornersAt(brush, brush.to),
    onKeyDown: keysOf({ props, plot, brush, known, finish, onMove, setBrush, setSaid }),
    ...pointerOf({ props, plot, brush, finish, setBrush, setOver }),
    onLeave: () => setOver(-1),
    onFocus: () => setFocused(true),
    onBlur: () => {
      setFocused(false);
      setSaid('');
    },
  };
}

interface Brushing {
  readonly props: PointsProps;
  readonly plot: Placed;
  readonly brush: Brush;
  readonly finish: (corners: readonly [Corner, Corner]) => void;
  readonly setBrush: (brush: Brush) => void;
}

interface Keys extends Brushing {
  /** Point under the cursor; -1: none. */
  readonly known: number;
  readonly onMove: (to: number) => void;
  readonly setSaid: (text: string) => void;
}

function keysOf(keys: Keys): Control['onKeyDown'] {
  const { props, plot, brush, known, finish, onMove, setBrush, setSaid } = keys;
  const spot = (i: number): Corner => ({ x: plot.xs[i], y: plot.ys[i] });
  const move = (dx: number, dy: number) => {
    const next = known < 0 ? firstPoint(plot) : nextPoint(plot.xs, plot.ys, known, dx, dy);
    onMove(next);
    setSaid('');
    setBrush(followed(brush, spot(next)));
  };
  const toggle = () => {
    const corners = brush.byKey ? cornersAt(brush, spot(known)) : null;
    if (corners !== null) return finish(corners);
    setBrush(begun(spot(known)));
    return setSaid(strings.brushStarted);
  };
  return (event) => {
    const arrow = arrowOf(event.key);
    if (arrow !== null) move(arrow[0], arrow[1]);
    else if (event.key === 'Enter' && known >= 0) props.onPick?.(props.rows[known]);
    else if (event.key.toLowerCase() === 'b' && props.onBrush && known >= 0) toggle();
    else if (event.key === 'Escape' && brush.byKey) {
      setBrush(NO_BRUSH);
      setSaid(strings.brushDropped);
    } else return;
    event.preventDefault();
  };
}

type Pointer = Pick<Control, 'onPointerDown' | 'onPointerMove' | 'onPointerUp'>;

function pointerOf(parts: Brushing & { readonly setOver: (point: number) => void }): Pointer {
  const { props, plot, brush, finish, setBrush, setOver } = parts;
  const here = (event: PointerEvent): Corner => {
    const frame = (event.currentTarget as Element).getBoundingClientRect();
    return { x: event.clientX - frame.left, y: event.clientY - frame.top };
  };
  const near = (spotted: Corner) => nearestPoint(plot.xs, plot.ys, spotted.x, spotted.y, REACH);
  return {
    onPointerDown: (event) => {
      if (event.button !== 0) return;
      setBrush(pressed(here(event)));
      if (props.onBrush) (event.currentTarget as Element).setPointerCapture(event.pointerId);
    },
    onPointerMove: (event) => {
      const now = here(event);
      if (props.onBrush && event.buttons === 1) setBrush(dragged(brush, now));
      setOver(near(now));
    },
    onPointerUp: (event) => {
      const now = here(event);
      const corners = props.onBrush ? cornersAt({ ...brush, byKey: false }, now) : null;
      if (corners !== null) return finish(corners);
      const point = near(now);
      if (point >= 0) props.onPick?.(props.rows[point]);
      return setBrush(NO_BRUSH);
    },
  };
}

/** Keys start at the point nearest to the middle. */
function firstPoint({ xs, ys, x, y }: Placed): number {
  const middle = [(x.range[0] + x.range[1]) / 2, (y.range[0] + y.range[1]) / 2];
  return nearestPoint(xs, ys, middle[0], middle[1], Number.POSITIVE_INFINITY);
}

function brushed(
  props: PointsProps,
  { xs, ys, x, y }: Placed,
  corners: readonly [Corner, Corner],
): { readonly rows: Uint32Array; readonly box: Box } {
  const { across, down } = spansOf(corners);
  const found = pointsIn(xs, ys, across, down);
  return {
    rows: Uint32Array.from(found, (i) => props.rows[i]),
    box: {
      x: [x.value(across[0]), x.value(across[1])],
      y: [y.value(down[1]), y.value(down[0])],
    },
  };
}
