/** Where the axes of lines and points lie, and the room between them. */

import { layoutAxis } from './axes.ts';
import { AXIS_HEIGHT, leftRoom } from './axis.tsx';
import type { AxisLayout, AxisSpec } from './types.ts';

export const TOP = 22;
export const RIGHT = 16;

export interface Room {
  readonly x: AxisLayout;
  readonly y: AxisLayout;
  readonly left: number;
  readonly bottom: number;
  readonly width: number;
  readonly height: number;
}

/** Lay both axes out in a width and a height. */
export function roomOf(
  axes: { readonly x: AxisSpec; readonly y: AxisSpec },
  width: number,
  height: number,
): Room {
  const bottom = height - AXIS_HEIGHT;
  const y = layoutAxis(axes.y, [bottom, TOP], 44);
  const left = leftRoom(y, Math.min(120, width * 0.25));
  const x = layoutAxis(axes.x, [left, Math.max(left + 40, width - RIGHT)], 80);
  return { x, y, left, bottom, width, height };
}
