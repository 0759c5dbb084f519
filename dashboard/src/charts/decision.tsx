/** Decision lines: how the outputs of several rows build up, feature by feature, from the base. */

import type { JSX } from 'preact';
import { extentOf } from '../stats/summary.ts';
import { number, signedShort } from '../text/numbers.ts';
import { airy, layoutAxis } from './axes.ts';
import { AXIS_HEIGHT, Axis } from './axis.tsx';
import { DASHES } from './looks.tsx';
import { cut, labelRoom } from './measure.ts';
import { pathOf, shapeOf } from './paths.ts';
import { LaneLabel, Mark, Marks, usePlot } from './plot.tsx';
import { sumsUpward } from './stack.ts';
import { strings } from './strings.ts';
import type { DecisionProps } from './types.ts';

const LANE = 26;
const HEAD = 22;

export function Decision(props: DecisionProps): JSX.Element {
  const { items, lines, base } = props;
  const format = props.format ?? number;
  const signed = props.signed ?? signedShort;
  const plot = usePlot(items.length);
  const { width } = plot;
  const left = labelRoom(items, width) + 10;
  const bottom = HEAD + LANE * items.length;
  const sums = lines.map((line) => sumsUpward(base, line.values));
  const x = layoutAxis(
    { title: props.axisTitle ?? '', domain: airy(extentOf([base], ...sums)), exact: true, format },
    [left, Math.max(left + 40, width - 14)],
    90,
  );
  return (
    <Marks plot={plot} label={props.label} height={bottom + AXIS_HEIGHT}>
      <Axis side="bottom" layout={x} at={bottom} grid={bottom - HEAD} />
      {items.map((item, i) => {
        const y = HEAD + i * LANE;
        const pick = props.onPick && (() => props.onPick?.(i));
        const texts = lines.map((line) => strings.named(line.name, signed(line.values[i])));
        return (
          <Mark
            key={`${i} ${item}`}
            plot={plot}
            mark={i}
            tip={{ x: x.place(sums[0]?.[i] ?? base), y, text: [item, ...texts].join('\n') }}
            onPick={pick}
          >
            <rect class="hit" x={0} y={y + 1} width={width} height={LANE - 2} rx={4} />
            <LaneLabel
              text={item}
              shown={cut(item, left - 12)}
              x={left - 10}
              y={y + LANE / 2 + 4}
            />
          </Mark>
        );
      })}
      <g aria-hidden="true" pointer-events="none">
        <line class="rule" x1={x.place(base)} x2={x.place(base)} y1={HEAD} y2={bottom} />
        {lines.map((line, i) => (
          <Way key={`${i} ${line.name}`} look={i} pixels={sums[i].map(x.place)} />
        ))}
      </g>
    </Marks>
  );
}

/** One row's line, its marker at the output. */
function Way({ look, pixels }: { look: number; pixels: readonly number[] }): JSX.Element {
  const spots = pixels.map((pixel, i) => [pixel, HEAD + i * LANE] as const);
  return (
    <g stroke={`var(--class-${look})`} fill={`var(--class-${look})`}>
      <path
        d={pathOf(spots)}
        fill="none"
        stroke-width={2}
        stroke-dasharray={DASHES[look % DASHES.length]}
      />
      <path d={shapeOf(look, 60)} transform={`translate(${pixels[0]} ${HEAD - 6})`} stroke="none" />
    </g>
  );
}
