/** All contributions in one line: what pushes the output up, and what pushes it down. */

import type { JSX } from 'preact';
import { number, signedShort } from '../text/numbers.ts';
import { airy, layoutAxis } from './axes.ts';
import { AXIS_HEIGHT, Axis } from './axis.tsx';
import { cut, textWidth } from './measure.ts';
import { Mark, Marks, type Plot, usePlot } from './plot.tsx';
import { pushing, reach } from './stack.ts';
import type { StackProps, Step } from './types.ts';
import { arrowPath, stepLabel } from './waterfall.tsx';

const TOP = 22;
const THICK = 28;
const LABEL = 48;

export function Force(props: StackProps): JSX.Element {
  const { steps, base } = props;
  const format = props.format ?? number;
  const signed = props.signed ?? signedShort;
  const output = steps.reduce((sum, step) => sum + step.value, base);
  const { up, down } = pushing(output, steps);
  const all = [...up].reverse().concat(down);
  const plot = usePlot(all.length);
  const { width } = plot;
  const bottom = TOP + THICK + LABEL;
  const x = layoutAxis(
    {
      title: props.axisTitle ?? '',
      domain: props.domain ?? airy(reach(base, all)),
      exact: true,
      format,
    },
    [16, Math.max(60, width - 16)],
    90,
  );
  return (
    <Marks plot={plot} label={props.label} height={bottom + AXIS_HEIGHT}>
      <Axis side="bottom" layout={x} at={bottom} />
      <line class="rule" x1={x.place(base)} x2={x.place(base)} y1={TOP} y2={bottom}>
        <title>{`${props.baseLabel} ${format(base)}`}</title>
      </line>
      <text x={x.place(base) + 4} y={bottom - 4} class="axis-title" aria-hidden="true">
        {props.baseLabel}
      </text>
      {all.map((one, mark) => (
        <Piece
          key={`${one.step} ${steps[one.step].label}`}
          plot={plot}
          mark={mark}
          step={steps[one.step]}
          left={x.place(one.from)}
          right={x.place(one.to)}
          signed={signed}
          onPick={props.onPick && (() => props.onPick?.(one.step))}
        />
      ))}
      <Output at={x.place(output)} width={width} text={`${props.outputLabel} ${format(output)}`} />
    </Marks>
  );
}

/** Where the output lies: its name stays inside the chart. */
function Output({ at, width, text }: { at: number; width: number; text: string }): JSX.Element {
  const half = textWidth(text) / 2 + 4;
  return (
    <>
      <path d={`M${at} ${TOP - 4}V${TOP + THICK + 4}`} stroke="var(--ink)" stroke-width={2} />
      <text
        class="strong"
        font-weight={600}
        x={Math.max(half, Math.min(width - half, at))}
        y={12}
        text-anchor="middle"
      >
        {text}
      </text>
    </>
  );
}

interface PieceProps {
  readonly plot: Plot;
  readonly mark: number;
  readonly step: Step;
  readonly left: number;
  readonly right: number;
  readonly signed: (value: number) => string;
  readonly onPick: (() => void) | undefined;
}

function Piece({ plot, mark, step, left, right, signed, onPick }: PieceProps): JSX.Element {
  const label = stepLabel(step);
  const isUp = step.value > 0;
  const [from, to] = isUp ? [left, right] : [right, left];
  return (
    <Mark
      plot={plot}
      mark={mark}
      tip={{ x: (left + right) / 2, y: TOP, text: `${label}\n${signed(step.value)}` }}
      onPick={step.rest ? undefined : onPick}
    >
      <path
        class={`ring fill-look look-${isUp ? 'positive' : 'negative'}`}
        fill-opacity={step.rest ? 0.45 : 1}
        stroke="var(--surface)"
        d={arrowPath(from, to, TOP, THICK)}
      />
      <PieceLabel text={label} from={left} to={right} lower={mark % 2 === 1} />
    </Mark>
  );
}

interface PieceLabelProps {
  readonly text: string;
  readonly from: number;
  readonly to: number;
  readonly lower: boolean;
}

function PieceLabel({ text, from, to, lower }: PieceLabelProps): JSX.Element | null {
  const room = Math.abs(to - from);
  if (room < 52) return null;
  return (
    <text
      x={(from + to) / 2}
      y={TOP + THICK + (lower ? 28 : 14)}
      text-anchor="middle"
      aria-hidden="true"
    >
      {cut(text, room + 6)}
    </text>
  );
}
