/** From the base value to the output, one step per feature. */

import type { JSX } from 'preact';
import { number, signedShort, tidy } from '../text/numbers.ts';
import { airy, layoutAxis } from './axes.ts';
import { AXIS_HEIGHT, Axis } from './axis.tsx';
import { cut, labelRoom, textWidth } from './measure.ts';
import { Mark, Marks, type Plot, usePlot } from './plot.tsx';
import { type Placed, reach, running } from './stack.ts';
import type { AxisLayout, StackProps, Step } from './types.ts';

const LANE = 27;
const THICK = 18;
const HEAD = 20;

/** "age = 39" */
export function stepLabel(step: Step): string {
  return step.detail === undefined ? step.label : `${step.label} = ${step.detail}`;
}

export function Waterfall(props: StackProps): JSX.Element {
  const { steps, base } = props;
  const format = props.format ?? number;
  const largest = Math.max(...steps.map((step) => Math.abs(step.value)));
  const plain = props.signed ?? signedShort;
  const signed = (value: number) => plain(tidy(value, largest));
  const plot = usePlot(steps.length);
  const { width } = plot;
  const placed = running(base, steps);
  const output = placed.at(-1)?.to ?? base;
  const labels = steps.map(stepLabel);
  const left = Math.min(labelRoom(labels, width * 1.25), 260) + 10;
  const room = Math.max(20, ...steps.map((step) => textWidth(signed(step.value)))) + 8;
  const height = HEAD + LANE * steps.length + 6;
  const x = layoutAxis(
    {
      title: props.axisTitle ?? '',
      domain: props.domain ?? airy(reach(base, placed)),
      exact: true,
      format,
    },
    [left + room, Math.max(left + room + 40, width - room)],
    90,
  );
  return (
    <Marks plot={plot} label={props.label} height={height + AXIS_HEIGHT + 16}>
      <Axis side="bottom" layout={x} at={height + 16} grid={height + 16 - HEAD} />
      <End
        x={x.place(base)}
        y={12}
        from={HEAD}
        to={height}
        text={`${props.baseLabel} ${format(base)}`}
        width={width}
      />
      <End
        x={x.place(output)}
        y={height + 11}
        from={HEAD}
        to={height}
        text={`${props.outputLabel} ${format(output)}`}
        width={width}
        strong
      />
      {placed.map((one, i) => (
        <StepRow
          key={`${i} ${steps[i].label}`}
          plot={plot}
          placed={one}
          step={steps[i]}
          mark={i}
          x={x}
          left={left}
          format={format}
          signed={signed}
          isLast={i + 1 === placed.length}
          onPick={props.onPick}
        />
      ))}
    </Marks>
  );
}

interface StepRowProps {
  readonly plot: Plot;
  readonly placed: Placed;
  readonly step: Step;
  readonly mark: number;
  readonly x: AxisLayout;
  readonly left: number;
  readonly format: (value: number) => string;
  readonly signed: (value: number) => string;
  readonly isLast: boolean;
  readonly onPick: StackProps['onPick'];
}

function StepRow({ plot, placed, step, mark, x, left, ...props }: StepRowProps): JSX.Element {
  const { format, signed, onPick } = props;
  const [from, to] = [x.place(placed.from), x.place(placed.to)];
  const y = HEAD + mark * LANE + (LANE - THICK) / 2;
  const way = `${format(placed.from)} \u2192 ${format(placed.to)}`;
  const text = [stepLabel(step), signed(step.value), way].join('\n');
  const falls = step.value < 0;
  return (
    <Mark
      plot={plot}
      mark={mark}
      tip={{ x: Math.max(from, to), y, text }}
      onPick={step.rest ? undefined : onPick && (() => onPick(mark))}
    >
      <rect class="hit" x={0} y={y - 3} width={plot.width} height={THICK + 6} rx={4} />
      <StepLabel step={step} x={left - 10} y={y + 13} room={left - 12} />
      <Arrow from={from} to={to} y={y} muted={step.rest ?? false} />
      <text
        class="halo"
        x={falls ? Math.min(from, to) - 5 : Math.max(from, to) + 5}
        y={y + 13}
        text-anchor={falls ? 'end' : 'start'}
        aria-hidden="true"
      >
        {signed(step.value)}
      </text>
      {props.isLast ? null : (
        <path
          d={`M${to} ${y + THICK}v${LANE - THICK}`}
          stroke="var(--ink-3)"
          stroke-dasharray="2 2"
        />
      )}
    </Mark>
  );
}

interface StepLabelProps {
  readonly step: Step;
  readonly x: number;
  readonly y: number;
  readonly room: number;
}

/** The feature's own value is never cut away by a long name. */
function StepLabel({ step, x, y, room }: StepLabelProps): JSX.Element {
  const fits = textWidth(stepLabel(step)) <= room;
  const value = fits ? (step.detail ?? '') : cut(step.detail ?? '', room * 0.45);
  const detail = step.detail === undefined ? '' : ` = ${value}`;
  return (
    <text x={x} y={y} text-anchor="end" aria-hidden="true">
      <title>{stepLabel(step)}</title>
      <tspan class={step.rest ? undefined : 'strong'}>
        {cut(step.label, room - textWidth(detail))}
      </tspan>
      <tspan>{detail}</tspan>
    </text>
  );
}

interface EndProps {
  readonly x: number;
  readonly y: number;
  readonly from: number;
  readonly to: number;
  readonly text: string;
  readonly width: number;
  readonly strong?: boolean;
}

function End({ x, y, from, to, text, width, strong }: EndProps): JSX.Element {
  const half = textWidth(text) / 2;
  return (
    <g aria-hidden="true">
      <line class="rule" x1={x} x2={x} y1={from - 4} y2={to} />
      <text
        x={Math.max(half, Math.min(x, width - half))}
        y={y}
        text-anchor="middle"
        class={strong ? 'halo strong' : 'halo'}
        font-weight={strong ? 600 : 400}
      >
        {text}
      </text>
    </g>
  );
}

interface ArrowProps {
  readonly from: number;
  readonly to: number;
  readonly y: number;
  readonly muted: boolean;
}

/** A bar with a point in the direction it pushes. */
function Arrow({ from, to, y, muted }: ArrowProps): JSX.Element {
  return (
    <path
      class={`fill-look look-${to < from ? 'negative' : 'positive'}`}
      fill-opacity={muted ? 0.45 : 1}
      d={arrowPath(from, to, y, THICK)}
    />
  );
}

/** Outline of a bar from a to b whose end is a point of at most 6 pixels. */
export function arrowPath(a: number, b: number, y: number, thick: number): string {
  const far = Math.abs(b - a) < 1 ? a + (b < a ? -1 : 1) : b;
  const tip = Math.min(6, Math.abs(far - a)) * Math.sign(far - a);
  return `M${a} ${y}H${far - tip}L${far} ${y + thick / 2}L${far - tip} ${y + thick}H${a}Z`;
}
