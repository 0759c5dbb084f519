/** Counts or shares per bin, for up to three groups of rows side by side in each bin. */

import type { JSX } from 'preact';
import { percent, count as wholeText } from '../text/numbers.ts';
import { axisText, layoutAxis } from './axes.ts';
import { AXIS_HEIGHT, Axis, leftRoom } from './axis.tsx';
import { Hatches, Patch } from './looks.tsx';
import { Mark, Marks, type Plot, usePlot } from './plot.tsx';
import { strings } from './strings.ts';
import type { AxisLayout, HistogramProps } from './types.ts';

const TOP = 22;
const RIGHT = 14;

/** A bar: one bin of one series. */
interface Bin {
  readonly bin: number;
  readonly series: number;
  readonly height: number;
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

function heightsOf(props: HistogramProps, bins: number): number[][] {
  return props.series.map((series) => {
    const all = Array.from({ length: bins }, (_, i) => Number(series.counts[i]));
    if (props.x.missing) all.push(series.missing ?? 0);
    const total = all.reduce((sum, value) => sum + value, 0);
    return props.share ? all.map((value) => (total > 0 ? value / total : 0)) : all;
  });
}

export function Histogram(props: HistogramProps): JSX.Element {
  const { series, edges } = props;
  const bins = edges === undefined ? (props.x.names?.length ?? 0) : Math.max(0, edges.length - 1);
  const count = bins + (props.x.missing ? 1 : 0);
  const plot = usePlot(count * series.length, series.length, true);
  const { width, id } = plot;
  const heights = heightsOf(props, bins);
  const height = props.height ?? 220;
  const bottom = height - AXIS_HEIGHT;
  const most = Math.max(0, ...heights.flat()) || 1;
  const format = props.share ? percent : wholeText;
  const y = layoutAxis({ title: props.yTitle, domain: [0, most], format }, [bottom, TOP], 40);
  const left = leftRoom(y, 90);
  const domain = edges && bins > 0 ? ([edges[0], edges[bins]] as const) : ([0, 1] as const);
  const x = layoutAxis(
    { ...props.x, ...(edges ? { domain, exact: true } : {}) },
    [left, Math.max(left + 40, width - RIGHT)],
    80,
  );
  const marks = binsOf(props, x, heights, format);
  return (
    <Marks plot={plot} label={props.label} height={height}>
      <Hatches id={id} />
      <Axis side="left" layout={y} at={left} grid={width - RIGHT - left} />
      <Axis side="bottom" layout={x} at={bottom} />
      <text class="axis-title" x={0} y={10} aria-hidden="true">
        {props.yTitle}
      </text>
      {marks.map((bin, mark) => (
        <BinBar key={mark} plot={plot} mark={mark} bin={bin} y={y} props={props} />
      ))}
    </Marks>
  );
}

interface BinBarProps {
  readonly plot: Plot;
  readonly mark: number;
  readonly bin: Bin;
  readonly y: AxisLayout;
  readonly props: HistogramProps;
}

function BinBar({ plot, mark, bin, y, props }: BinBarProps): JSX.Element {
  const { onPick, series } = props;
  const [bottom] = y.range;
  const top = y.place(bin.height);
  const box = { x: bin.from, width: Math.max(1, bin.to - bin.from) };
  return (
    <Mark
      plot={plot}
      mark={mark}
      tip={{ x: (bin.from + bin.to) / 2, y: top, text: bin.text }}
      onPick={onPick && (() => onPick(bin.bin, bin.series))}
    >
      <rect {...box} class="hit" y={TOP} height={bottom - TOP} />
      <Patch
        {...box}
        id={plot.id}
        look={series[bin.series].colour}
        y={top}
        height={bottom - top}
        radius={1}
      />
    </Mark>
  );
}

function binsOf(
  props: HistogramProps,
  x: AxisLayout,
  heights: readonly (readonly number[])[],
  format: (value: number) => string,
): Bin[] {
  const { series, edges } = props;
  const count = heights[0]?.length ?? 0;
  return Array.from({ length: count * series.length }, (_, mark) => {
    const s = mark % series.length;
    const bin = Math.floor(mark / series.length);
    const [start, end, name] = spanOf(props, x, bin, edges);
    const wide = (end - start) / series.length;
    const height = heights[s][bin];
    const value = format(height);
    const text = `${name}\n${series.length > 1 ? strings.named(series[s].name, value) : value}`;
    return { bin, series: s, height, from: start + s * wide, to: start + (s + 1) * wide, text };
  });
}

function spanOf(
  props: HistogramProps,
  x: AxisLayout,
  bin: number,
  edges: ArrayLike<number> | undefined,
): [number, number, string] {
  const bins = edges === undefined ? (props.x.names?.length ?? 0) : edges.length - 1;
  if (bin >= bins) {
    const at = x.missingAt ?? x.range[0];
    return [at - 10, at + 10, strings.missing];
  }
  if (edges === undefined) {
    const half = Math.max(1, x.band * 0.4);
    return [x.place(bin) - half, x.place(bin) + half, props.x.names?.[bin] ?? ''];
  }
  const name = strings.between(axisText(props.x, edges[bin]), axisText(props.x, edges[bin + 1]));
  const gap = Math.min(1, (x.place(edges[bin + 1]) - x.place(edges[bin])) * 0.1);
  return [x.place(edges[bin]) + gap, x.place(edges[bin + 1]) - gap, name];
}
