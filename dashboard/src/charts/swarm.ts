/** Places of the dots of a beeswarm: dots at the same place of the axis stack up around its line. */

import type { Values } from './types.ts';

/**
 * Offsets from the line, in pixels, of dots at given pixels along it (NaN: no dot). Dots of one
 * column of `size` pixels stack above and below in turn; where they would leave the lane, columns
 * are pressed together by one factor, so that thickness shows how many there are.
 */
export function swarmOffsets(pixels: Values, size: number, half: number): Float32Array {
  const columns = new Int32Array(pixels.length);
  const heights = new Map<number, number>();
  let tallest = 1;
  for (let i = 0; i < pixels.length; i++) {
    if (Number.isNaN(pixels[i])) continue;
    const key = Math.round(pixels[i] / size);
    const height = heights.get(key) ?? 0;
    columns[i] = height;
    heights.set(key, height + 1);
    tallest = Math.max(tallest, height + 1);
  }
  const step = Math.min(size, (2 * half) / tallest);
  return Float32Array.from(columns, (height, i) => {
    if (Number.isNaN(pixels[i])) return Number.NaN;
    const away = Math.ceil(height / 2) * step;
    return height % 2 === 0 ? away : -away;
  });
}

/** At most so many positions, evenly taken; the `always` ones are among them. */
export function thinned(count: number, most: number, always: readonly number[] = []): Uint32Array {
  if (count <= most) return Uint32Array.from({ length: count }, (_, i) => i);
  const step = count / most;
  const taken = new Set(Array.from({ length: most }, (_, i) => Math.floor(i * step)));
  for (const one of always) if (one >= 0 && one < count) taken.add(one);
  return Uint32Array.from(taken).sort();
}

/** A number in [-0.5, 0.5) that is always the same for a row: jitter that does not dance. */
export function jitter(row: number): number {
  let hash = Math.imul(row + 1, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  hash ^= hash >>> 13;
  return (hash >>> 0) / 4294967296 - 0.5;
}
