/** The handle of a line chart: a value that is moved by pointer and keys. */

import type { JSX } from 'preact';
import type { AxisLayout, Handle } from './types.ts';

interface GripProps {
  readonly handle: Handle;
  readonly x: AxisLayout;
  readonly y: AxisLayout;
  readonly top: number;
  readonly bottom: number;
}

/** The point that can be moved: a slider to screen readers. */
export function Grip({ handle, top, bottom, ...axes }: GripProps): JSX.Element {
  const { min, max, step } = handle;
  const x = axes.x.place(handle.x);
  const y = handle.y === undefined ? bottom : axes.y.place(handle.y);
  const to = (value: number) => {
    const rounded = min + Math.round((value - min) / step) * step;
    handle.onMove(Math.min(max, Math.max(min, rounded)));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const next = sliderKey(event.key, handle);
    if (next === null) return;
    event.preventDefault();
    event.stopPropagation();
    to(next);
  };
  return (
    <g
      class="handle"
      role="slider"
      tabindex={0}
      aria-label={handle.label}
      aria-valuemin={min}
      aria-valuemax={max}
      aria-valuenow={handle.x}
      aria-valuetext={handle.text?.(handle.x)}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        event.stopPropagation();
      }}
      onPointerMove={(event) => {
        const svg = event.currentTarget.ownerSVGElement;
        if (event.buttons !== 1 || svg === null) return;
        to(axes.x.value(event.clientX - svg.getBoundingClientRect().left));
      }}
    >
      <line class="cursor-line" x1={x} x2={x} y1={top} y2={bottom} />
      <circle cx={x} cy={y} r={9} />
    </g>
  );
}

function sliderKey(key: string, { x, step, min, max }: Handle): number | null {
  if (key === 'ArrowRight' || key === 'ArrowUp') return x + step;
  if (key === 'ArrowLeft' || key === 'ArrowDown') return x - step;
  if (key === 'PageUp') return x + 10 * step;
  if (key === 'PageDown') return x - 10 * step;
  if (key === 'Home') return min;
  return key === 'End' ? max : null;
}
