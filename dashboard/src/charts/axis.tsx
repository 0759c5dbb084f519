/** An axis with ticks, grid lines, a title, and a band for missing values. */

import type { JSX } from 'preact';
import { cut, textWidth } from './measure.ts';
import { strings } from './strings.ts';
import type { AxisLayout, AxisProps } from './types.ts';

const TICK = 5;

export function Axis(props: AxisProps): JSX.Element {
  return props.side === 'bottom' ? <Bottom {...props} /> : <Left {...props} />;
}

function Bottom({ layout, at, grid = 0 }: AxisProps): JSX.Element {
  const { spec, missingAt } = layout;
  const [from, to] = layout.range;
  const room = spec.kind === 'category' ? gapOf(layout) - 6 : 90;
  return (
    <g aria-hidden="true">
      {missingAt === null ? null : (
        <>
          <rect class="missing-band" x={missingAt - 23} y={at - grid} width={46} height={grid} />
          <text x={missingAt} y={at + 16} text-anchor="middle">
            {strings.missing}
          </text>
        </>
      )}
      <line class="axis-line" x1={from} x2={to} y1={at} y2={at} />
      {spread(layout, room).map((tick) => (
        <g key={tick.full}>
          {grid > 0 && spec.kind !== 'category' ? (
            <line class="grid-line" x1={tick.at} x2={tick.at} y1={at - grid} y2={at} />
          ) : null}
          <text x={tick.at} y={at + 16} text-anchor="middle">
            <title>{tick.full}</title>
            {cut(tick.text, room)}
          </text>
        </g>
      ))}
      <text class="axis-title" x={(from + to) / 2} y={at + 33} text-anchor="middle">
        <title>{spec.title}</title>
        {cut(spec.title, to - from + 70)}
      </text>
    </g>
  );
}

function Left({ layout, at, grid = 0, room = 60 }: AxisProps): JSX.Element {
  const { spec, missingAt } = layout;
  const [from, to] = layout.range;
  return (
    <g aria-hidden="true">
      {missingAt === null ? null : (
        <>
          <rect class="missing-band" x={at} y={missingAt - 12} width={grid} height={24} />
          <text x={at - 8} y={missingAt + 4} text-anchor="end">
            {strings.missing}
          </text>
        </>
      )}
      <line class="axis-line" x1={at} x2={at} y1={from} y2={to} />
      {layout.ticks.map((tick) => (
        <g key={tick.full}>
          {grid > 0 && spec.kind !== 'category' ? (
            <line class="grid-line" x1={at} x2={at + grid} y1={tick.at} y2={tick.at} />
          ) : null}
          <text x={at - 8} y={tick.at + 4} text-anchor="end">
            <title>{tick.full}</title>
            {cut(tick.text, room)}
          </text>
        </g>
      ))}
    </g>
  );
}

function gapOf(layout: AxisLayout): number {
  const [first, second] = layout.ticks;
  return second === undefined ? layout.band : Math.abs(second.at - first.at);
}

/** Ticks whose texts do not touch. */
function spread(layout: AxisLayout, room: number): AxisLayout['ticks'] {
  if (layout.spec.kind === 'category' && room >= 26) return layout.ticks;
  const widest = Math.max(0, ...layout.ticks.map((tick) => Math.min(90, textWidth(tick.text))));
  const skip = Math.max(1, Math.ceil((widest + 8) / Math.max(1, gapOf(layout))));
  return layout.ticks.filter((_, i) => i % skip === 0);
}

/** Room the labels of a left axis take. */
export function leftRoom(layout: AxisLayout, most: number): number {
  const missing = layout.missingAt === null ? 0 : textWidth(strings.missing);
  const texts = layout.ticks.map((tick) => textWidth(tick.text));
  return Math.ceil(Math.min(Math.max(14, missing, ...texts), most)) + 10;
}

export const AXIS_HEIGHT = TICK + 36;
