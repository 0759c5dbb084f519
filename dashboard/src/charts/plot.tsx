/** What charts of marks share: their width, the readout, and focus that moves by arrow keys. */

import type { ComponentChildren, JSX, RefObject } from 'preact';
import { useId, useState } from 'preact/hooks';
import { onEnter, type Roving, useRoving, useWidth } from './hooks.ts';
import { Readout } from './readout.tsx';

/** Where a readout stands, and what it says. */
interface Tip {
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

export interface Plot {
  readonly ref: RefObject<HTMLDivElement | null>;
  /** 0 before it is known. */
  readonly width: number;
  /** Of this chart alone: names of patterns. */
  readonly id: string;
  readonly roving: Roving;
  readonly tip: Tip | null;
  readonly onTip: (tip: Tip | null) => void;
}

/** `columns`: marks per line; `turned`: lines stand upright. */
export function usePlot(marks: number, columns = 1, turned = false): Plot {
  const [ref, width] = useWidth();
  const [tip, onTip] = useState<Tip | null>(null);
  const id = useId();
  const roving = useRoving(marks, columns, turned);
  return { ref, width, id, roving, tip, onTip };
}

interface MarksProps {
  readonly plot: Plot;
  readonly label: string;
  readonly height: number;
  readonly children: ComponentChildren;
}

/** The drawing, once its width is known. */
export function Marks({ plot, label, height, children }: MarksProps): JSX.Element {
  const { ref, width, tip, onTip, roving } = plot;
  return (
    <div class="chart" ref={ref} onMouseLeave={() => onTip(null)}>
      {width > 0 ? (
        <svg
          width={width}
          height={height}
          role="group"
          aria-label={label}
          onKeyDown={roving.onKeyDown}
        >
          {children}
        </svg>
      ) : null}
      <Readout at={tip} text={tip?.text ?? ''} width={width} />
    </div>
  );
}

interface MarkProps {
  readonly plot: Plot;
  /** Its number among the marks of the chart. */
  readonly mark: number;
  readonly tip: Tip;
  readonly onPick?: (() => void) | undefined;
  readonly look?: string;
  readonly children: ComponentChildren;
}

/** A mark that can be reached: read by focus and pointer, picked by click and Enter. */
export function Mark({ plot, mark, tip, onPick, look, children }: MarkProps): JSX.Element {
  const { roving, onTip } = plot;
  return (
    <g
      class={['mark', onPick ? 'can' : '', look ?? ''].join(' ')}
      data-mark={mark}
      role={onPick ? 'button' : 'img'}
      // In lower case: SVG knows no other, and Preact writes attributes of SVG as they stand here.
      tabindex={roving.tabIndex(mark)}
      aria-label={tip.text.replaceAll('\n', '. ')}
      onFocus={() => {
        roving.onFocus(mark);
        onTip(tip);
      }}
      onBlur={() => onTip(null)}
      onMouseEnter={() => onTip(tip)}
      onClick={onPick}
      onKeyDown={onEnter(onPick)}
    >
      {children}
    </g>
  );
}

interface LaneLabelProps {
  readonly text: string;
  readonly shown: string;
  readonly x: number;
  readonly y: number;
  readonly pale?: boolean;
}

/** Name of a lane, at its left; the whole of it on hover. */
export function LaneLabel({ text, shown, x, y, pale }: LaneLabelProps): JSX.Element {
  return (
    <text
      class={pale ? undefined : 'strong'}
      x={x}
      y={y}
      text-anchor="end"
      pointer-events="none"
      aria-hidden="true"
    >
      <title>{text}</title>
      {shown}
    </text>
  );
}
