/** Pixels of points on two axes, with jitter where values repeat. */

import { FIRST_CLASS, kindOfClass, kindOfShare } from './canvas.ts';
import { jitter } from './swarm.ts';
import type { AxisLayout, PointColours, Values } from './types.ts';

const MISSING_SPREAD = 18;
const MOST_SPREAD = 30;

/** Pixel of each value. `salt` keeps the two axes' jitters apart. */
export function pixelsOf(
  values: Values,
  rows: Values,
  axis: AxisLayout,
  salt: number,
): Float32Array {
  const spread = axis.spec.jitter ? axis.band * 0.7 || 0.5 * gapOf(values, axis) : 0;
  const pixels = new Float32Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const wide = Number.isNaN(values[i]) ? MISSING_SPREAD : spread;
    pixels[i] = axis.place(values[i]) + (wide === 0 ? 0 : wide * jitter(rows[i] * 2 + salt));
  }
  return pixels;
}

/** Smallest distance of two different values in pixels, within reason. */
function gapOf(values: Values, axis: AxisLayout): number {
  const places = [...new Set(Array.from(values))].filter(Number.isFinite).map(axis.place);
  places.sort((a, b) => a - b);
  let gap = MOST_SPREAD * 2;
  for (let i = 1; i < places.length; i++) {
    if (places[i] > places[i - 1]) gap = Math.min(gap, places[i] - places[i - 1]);
  }
  return gap;
}

/** Kind of each dot; all alike (the first class) without colours. */
export function kindsOf(count: number, colours: PointColours | undefined): Uint8Array {
  if (colours === undefined) return new Uint8Array(count).fill(FIRST_CLASS);
  const { values } = colours;
  if (colours.kind === 'category') {
    return Uint8Array.from({ length: count }, (_, i) => kindOfClass(values[i]));
  }
  const [low, high] = colours.domain;
  const wide = high > low ? high - low : 1;
  const flat = high > low ? 0 : 0.5;
  return Uint8Array.from({ length: count }, (_, i) => kindOfShare((values[i] - low) / wide + flat));
}
