/** Finding points on screen: under the pointer, next in a direction, within a rectangle. */

import type { Values } from './types.ts';

/** The nearest point within so many pixels; -1 where there is none. The last drawn one wins. */
export function nearestPoint(xs: Values, ys: Values, x: number, y: number, within: number): number {
  let best = -1;
  let least = within * within;
  for (let i = 0; i < xs.length; i++) {
    const dx = xs[i] - x;
    const dy = ys[i] - y;
    const distance = dx * dx + dy * dy;
    if (distance <= least) {
      least = distance;
      best = i;
    }
  }
  return best;
}

/** The next point in a direction of the screen: near, and little to the side. */
export function nextPoint(xs: Values, ys: Values, from: number, dx: number, dy: number): number {
  let best = from;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < xs.length; i++) {
    const x = xs[i] - xs[from];
    const y = ys[i] - ys[from];
    const ahead = x * dx + y * dy;
    // A pixel at least, so that a cloud of points is crossed in a few steps.
    if (!(ahead >= 1)) continue;
    const side = Math.abs(x * dy - y * dx);
    const cost = ahead + 2 * side;
    if (cost < least) {
      least = cost;
      best = i;
    }
  }
  return best;
}

/** Points within a rectangle of pixels. */
export function pointsIn(
  xs: Values,
  ys: Values,
  [left, right]: readonly [number, number],
  [top, bottom]: readonly [number, number],
): number[] {
  const found: number[] = [];
  for (let i = 0; i < xs.length; i++) {
    if (xs[i] >= left && xs[i] <= right && ys[i] >= top && ys[i] <= bottom) found.push(i);
  }
  return found;
}
