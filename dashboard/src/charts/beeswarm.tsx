/** Lanes of dots, one lane per feature: where many rows lie, and what their values are. */

import type { JSX, RefObject } from 'preact';
import { useEffect, useId, useMemo, useRef, useState } from 'preact/hooks';
import { extentOf } from '../stats/summary.ts';
import { layoutAxis } from './axes.ts';
import { AXIS_HEIGHT, Axis } from './axis.tsx';
import { dotsFor, FIRST_CLASS, kindOfShare, sized, stamp } from './canvas.ts';
import { useRoving, useTheme, useWidth } from './hooks.ts';
import { cut, labelRoom } from './measure.ts';
import { nearestPoint } from './nearest.ts';
import { Readout } from './readout.tsx';
import { strings } from './strings.ts';
import { swarmOffsets } from './swarm.ts';
import type { AxisLayout, SwarmItem, SwarmProps } from './types.ts';

const LANE = 36;
const HALF = 15;
const FAR = 4;

/** Dots of one lane, in pixels. */
interface Dots {
  readonly xs: Float32Array;
  readonly ys: Float32Array;
  readonly kinds: Uint8Array;
}

function dotsOf(item: SwarmItem, x: AxisLayout, middle: number, size: number): Dots {
  const xs = Float32Array.from(item.values, (value) =>
    Number.isNaN(value) ? Number.NaN : x.place(value),
  );
  const ys = swarmOffsets(xs, size, HALF).map((offset) => middle + offset);
  const { colours } = item;
  const kinds = Uint8Array.from(item.values, (_, i) =>
    colours === undefined ? FIRST_CLASS : kindOfShare(colours[i]),
  );
  return { xs, ys, kinds };
}

/** Where all lanes lie, for one width. */
interface Field {
  readonly left: number;
  readonly height: number;
  readonly x: AxisLayout;
  readonly lanes: readonly Dots[];
}

/** Dots of all lanes, drawn on the canvas. */
function useField(
  props: SwarmProps,
  width: number,
  canvas: RefObject<HTMLCanvasElement | null>,
): Field {
  const theme = useTheme();
  const { items, rows, format } = props;
  const names = items.map((item) => item.label);
  const left = labelRoom(names, width) + 10;
  const height = LANE * items.length;
  const look = dotsFor(rows.length);
  const x = useMemo(() => {
    const domain = props.domain ?? extentOf([0], ...items.map((item) => item.values));
    return layoutAxis(
      { title: props.axisTitle ?? '', domain, ...(format ? { format } : {}) },
      [left, Math.max(left + 40, width - 14)],
      90,
    );
  }, [items, width, left, props.domain, props.axisTitle]);
  const lanes = useMemo(
    () => items.map((item, i) => dotsOf(item, x, (i + 0.5) * LANE, look.radius * 1.7)),
    [items, x],
  );
  useEffect(() => {
    if (canvas.current === null || width === 0) return;
    const pen = sized(canvas.current, width, height);
    if (pen) for (const lane of lanes) stamp(pen, { ...lane, ...look });
  }, [lanes, theme, width, height]);
  return { left, height, x, lanes };
}

/** The lane under a pointer, and the dot; -1: none. */
function dotUnder(event: PointerEvent, { left, lanes }: Field): { lane: number; dot: number } {
  const frame = (event.currentTarget as Element).getBoundingClientRect();
  const at = { x: event.clientX - frame.left, y: event.clientY - frame.top };
  const lane = Math.min(lanes.length - 1, Math.max(0, Math.floor(at.y / LANE)));
  const { xs, ys } = lanes[lane];
  return { lane, dot: at.x < left ? -1 : nearestPoint(xs, ys, at.x, at.y, 8) };
}

interface Spot {
  readonly lane: number;
  readonly dot: number;
  /** Reached by keys: what it says is spoken. */
  readonly live: boolean;
}

export function Beeswarm(props: SwarmProps): JSX.Element {
  const [ref, width] = useWidth();
  const hint = useId();
  const canvas = useRef<HTMLCanvasElement>(null);
  const field = useField(props, width, canvas);
  const [spot, setSpot] = useState<Spot | null>(null);
  const { rows } = props;
  const dots = spot === null ? undefined : field.lanes[spot.lane];
  const shown = spot !== null && dots !== undefined && spot.dot < rows.length ? spot : null;
  const onDot = (lane: number, dot: number, live: boolean) =>
    setSpot(dot < 0 ? null : { lane, dot, live });
  return (
    <div class="chart" ref={ref}>
      {width > 0 ? (
        <div
          onPointerMove={(event) => {
            const { lane, dot } = dotUnder(event, field);
            onDot(lane, dot, false);
          }}
          onPointerLeave={() => setSpot(null)}
          onPointerUp={(event) => {
            const { lane, dot } = dotUnder(event, field);
            if (dot >= 0 && props.onPickRow) props.onPickRow(rows[dot]);
            else props.onPickItem?.(lane);
          }}
        >
          <Under field={field} width={width} />
          <canvas ref={canvas} aria-hidden="true" />
          <Lanes
            props={props}
            left={field.left}
            width={width}
            lanes={field.lanes}
            hint={hint}
            dot={shown?.dot ?? -1}
            onDot={(lane, dot) => onDot(lane, dot, true)}
          />
        </div>
      ) : null}
      <Readout
        at={shown && dots ? { x: dots.xs[shown.dot], y: dots.ys[shown.dot] } : null}
        text={shown ? props.describe(shown.lane, rows[shown.dot]) : ''}
        live={shown?.live ?? false}
        width={width}
      />
      <p class="chart-hint" id={hint}>
        {strings.swarmKeys}
      </p>
    </div>
  );
}

function Under({ field, width }: { field: Field; width: number }): JSX.Element {
  const { x, height } = field;
  return (
    <svg class="under" width={width} height={height + AXIS_HEIGHT} aria-hidden="true">
      <Axis side="bottom" layout={x} at={height} grid={height} />
      <line class="zero" x1={x.place(0)} x2={x.place(0)} y1={0} y2={height} />
    </svg>
  );
}

interface LanesProps {
  readonly props: SwarmProps;
  readonly left: number;
  readonly width: number;
  readonly lanes: readonly Dots[];
  readonly hint: string;
  readonly dot: number;
  readonly onDot: (lane: number, dot: number) => void;
}

function Lanes(lanes: LanesProps): JSX.Element {
  const { props, width } = lanes;
  const { items } = props;
  const height = LANE * items.length;
  const roving = useRoving(items.length);
  return (
    <svg
      class="over"
      width={width}
      height={height + AXIS_HEIGHT}
      role="group"
      aria-label={props.label}
      aria-describedby={lanes.hint}
      onKeyDown={(event) => {
        if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') roving.onKeyDown(event);
      }}
    >
      {items.map((item, i) => (
        <Lane key={`${i} ${item.label}`} {...lanes} item={item} i={i} roving={roving} />
      ))}
    </svg>
  );
}

interface LaneProps extends LanesProps {
  readonly item: SwarmItem;
  readonly i: number;
  readonly roving: ReturnType<typeof useRoving>;
}

function Lane(lane: LaneProps): JSX.Element {
  const { props, item, i, roving, dot } = lane;
  const { xs, ys } = lane.lanes[i];
  const marked = useMemo(() => {
    const wanted = new Set(props.selected);
    return wanted.size === 0
      ? []
      : Array.from(props.rows, (row, at) => (wanted.has(row) ? at : -1)).filter((at) => at >= 0);
  }, [props.selected, props.rows]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
      lane.onDot(i, nextAlong(xs, dot, event.key === 'ArrowRight' ? 1 : -1));
    } else if (event.key === 'Enter' && dot >= 0 && props.onPickRow) {
      props.onPickRow(props.rows[dot]);
    } else if (event.key === 'Enter' || event.key === ' ') props.onPickItem?.(i);
    else return;
    event.preventDefault();
  };
  return (
    <g
      class={`mark${props.onPickItem ? ' can' : ''}`}
      data-mark={i}
      role="button"
      tabindex={roving.tabIndex(i)}
      aria-label={item.label}
      onFocus={() => roving.onFocus(i)}
      onBlur={() => lane.onDot(i, -1)}
      onKeyDown={onKeyDown}
    >
      <rect
        class="ring"
        pointer-events="all"
        fill={props.picked === i ? 'var(--accent)' : 'none'}
        fill-opacity={0.08}
        x={0}
        y={i * LANE + 1}
        width={lane.width}
        height={LANE - 2}
        rx={4}
      />
      <text class="strong" x={lane.left - 10} y={(i + 0.5) * LANE + 4} text-anchor="end">
        <title>{item.label}</title>
        {cut(item.label, lane.left - 12)}
      </text>
      {marked.map((at) =>
        Number.isNaN(xs[at]) ? null : (
          <circle key={at} class="picked-dot" cx={xs[at]} cy={ys[at]} r={5} />
        ),
      )}
    </g>
  );
}

/** The next dot along the axis, a few pixels on; the outermost from nowhere. */
function nextAlong(xs: Float32Array, from: number, way: 1 | -1): number {
  // From nowhere, the first dot on that way.
  const start = from < 0 ? -way * 1e6 : xs[from] + way * (FAR - 1);
  let best = from;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < xs.length; i++) {
    const ahead = way * (xs[i] - start);
    if (ahead > 0 && ahead < least) {
      least = ahead;
      best = i;
    }
  }
  return best;
}
