/** Rows of boxes and of violins: the same lanes, other shapes. */

import type { ComponentChildren, JSX } from 'preact';
import { extentOf } from '../stats/summary.ts';
import { number } from '../text/numbers.ts';
import { layoutAxis } from './axes.ts';
import { AXIS_HEIGHT, Axis } from './axis.tsx';
import { Hatches } from './looks.tsx';
import { cut, labelRoom } from './measure.ts';
import { pathOf } from './paths.ts';
import { LaneLabel, Mark, Marks, type Plot, usePlot } from './plot.tsx';
import { strings } from './strings.ts';
import type {
  AxisLayout,
  BoxesProps,
  BoxStats,
  Density,
  SpreadProps,
  ViolinsProps,
} from './types.ts';

interface Way<T> {
  readonly thick: number;
  readonly box: (shape: T) => BoxStats;
  readonly draw: (
    shape: T,
    x: AxisLayout,
    middle: number,
    half: number,
    hatch: string,
  ) => ComponentChildren;
}

export function Boxes(props: BoxesProps): JSX.Element {
  return <Spread {...props} way={BOXES} />;
}

export function Violins(props: ViolinsProps): JSX.Element {
  return <Spread {...props} way={VIOLINS} />;
}

const GAP = 8;

function Spread<T>(props: SpreadProps<T> & { readonly way: Way<T> }): JSX.Element {
  const { items, series, way } = props;
  const format = props.format ?? number;
  const plot = usePlot(items.length * series.length, series.length);
  const { width, id } = plot;
  const left =
    labelRoom(
      items.map((item) => item.label),
      width,
    ) + 10;
  const thick = way.thick * (series.length === 1 ? 1.15 : 0.8);
  const lane = thick * series.length + GAP;
  const height = lane * items.length;
  const domain = props.domain ?? domainOf(props);
  const x = layoutAxis(
    { title: props.axisTitle ?? '', domain, ...(props.format ? { format } : {}) },
    [left, Math.max(left + 40, width - 14)],
    90,
  );
  return (
    <Marks plot={plot} label={props.label} height={height + AXIS_HEIGHT}>
      <Hatches id={id} />
      <Axis side="bottom" layout={x} at={height} grid={height} />
      {props.zero ? <line class="zero" x1={x.place(0)} x2={x.place(0)} y1={0} y2={height} /> : null}
      {items.map((item, i) => (
        <g key={`${i} ${item.label}`}>
          {item.shapes.map((_, s) => (
            <Shape
              key={s}
              {...props}
              plot={plot}
              x={x}
              i={i}
              s={s}
              top={i * lane + GAP / 2}
              thick={thick}
            />
          ))}
          <LaneLabel
            text={item.label}
            shown={cut(item.label, left - 12)}
            x={left - 10}
            y={(i + 0.5) * lane + 4}
          />
        </g>
      ))}
    </Marks>
  );
}

interface ShapeProps<T> extends SpreadProps<T> {
  readonly way: Way<T>;
  readonly plot: Plot;
  readonly x: AxisLayout;
  readonly i: number;
  readonly s: number;
  readonly top: number;
  readonly thick: number;
}

/** One box or violin. */
function Shape<T>(props: ShapeProps<T>): JSX.Element {
  const { items, series, way, plot, x, i, s, thick, onPick } = props;
  const shape = items[i].shapes[s];
  const top = props.top + s * thick;
  const name = series.length > 1 ? series[s].name : null;
  const box = shape === null ? null : way.box(shape);
  const text = readoutOf(items[i].label, name, box, props.format ?? number);
  return (
    <Mark
      plot={plot}
      mark={i * series.length + s}
      tip={{ x: box === null ? x.range[0] : x.place(box.median), y: top, text }}
      onPick={onPick && (() => onPick(i, s))}
      look={`cohort-${series[s].colour} ${props.picked === i ? 'picked' : ''}`}
    >
      <rect class="hit" x={0} y={top} width={plot.width} height={thick} rx={4} />
      {shape === null
        ? null
        : way.draw(shape, x, top + thick / 2, thick * 0.4, `url(#${plot.id}-${series[s].colour})`)}
    </Mark>
  );
}

function domainOf<T>(props: SpreadProps<T> & { readonly way: Way<T> }): [number, number] {
  const ends = props.items.flatMap((item) =>
    item.shapes.flatMap((shape) => {
      if (shape === null) return [];
      const box = props.way.box(shape);
      return [box.low, box.high, ...box.outliers];
    }),
  );
  return extentOf(ends, props.zero ? [0] : []);
}

function readoutOf(
  label: string,
  name: string | null,
  box: BoxStats | null,
  format: (value: number) => string,
): string {
  const lines = [name === null ? label : strings.named(label, name)];
  if (box === null) return [...lines, strings.nothing].join('\n');
  lines.push(strings.median(format(box.median)), strings.mean(format(box.mean)));
  lines.push(strings.middleHalf(format(box.q1), format(box.q3)));
  lines.push(strings.whiskers(format(box.low), format(box.high)), strings.rows(box.count));
  if (box.outlierCount > 0) lines.push(strings.outside(box.outlierCount));
  return lines.join('\n');
}

const BOXES: Way<BoxStats> = {
  thick: 20,
  box: (box) => box,
  draw: (box, x, y, half, hatch) => {
    const [low, q1, median, q3, high] = [box.low, box.q1, box.median, box.q3, box.high].map(
      x.place,
    );
    return (
      <>
        {box.outliers.map((value, i) => (
          <circle
            key={i}
            class="fill-look"
            cx={x.place(value)}
            cy={y}
            r={1.6}
            fill-opacity={0.45}
          />
        ))}
        <path class="line-look" d={`M${low} ${y}H${q1}M${q3} ${y}H${high}`} stroke-width={1.5} />
        <path
          class="line-look"
          d={`M${low} ${y - half / 2}v${half}M${high} ${y - half / 2}v${half}`}
          stroke-width={1.5}
        />
        <rect
          class="fill-look"
          fill-opacity={0.25}
          stroke="var(--look)"
          x={q1}
          y={y - half}
          width={Math.max(1, q3 - q1)}
          height={2 * half}
          rx={2}
        />
        <rect fill={hatch} x={q1} y={y - half} width={Math.max(1, q3 - q1)} height={2 * half} />
        <path d={`M${median} ${y - half}v${2 * half}`} stroke="var(--look)" stroke-width={3} />
        <circle cx={x.place(box.mean)} cy={y} r={2.6} fill="var(--surface)" stroke="var(--ink)" />
      </>
    );
  },
};

const VIOLINS: Way<Density> = {
  thick: 32,
  box: (density) => density.box,
  draw: ({ x: at, y: height, box }, x, y, half, hatch) => {
    const most = Math.max(...height);
    const upper = at.map((value, i) => [x.place(value), y - (half * height[i]) / most] as const);
    const lower = at.map((value, i) => [x.place(value), y + (half * height[i]) / most] as const);
    const outline = `${pathOf([...upper, ...lower.reverse()])}Z`;
    return (
      <>
        <path class="fill-look" fill-opacity={0.35} stroke="var(--look)" d={outline} />
        <path fill={hatch} d={outline} />
        <path
          d={`M${x.place(box.q1)} ${y}H${x.place(box.q3)}`}
          stroke="var(--look)"
          stroke-width={4}
        />
        <circle cx={x.place(box.median)} cy={y} r={3} fill="var(--surface)" stroke="var(--ink)" />
      </>
    );
  },
};
