/** Which chart shows two quantities best, and which others can. */

import type { Reading } from './readings.ts';
import { isDiscrete } from './slots.ts';

export type ChartKind = 'points' | 'boxes' | 'histogram' | 'bars' | 'bins';

/** More points than these hide each other: they are counted in cells unless they are coloured. */
const MANY_POINTS = 10_000;

/** Return the kinds of charts that can show a choice, the best one first. */
export function kindsOf(
  x: Reading,
  y: Reading | null,
  rows: number,
  hasColour: boolean,
): readonly ChartKind[] {
  if (y === null) return isDiscrete(x) ? ['bars'] : ['histogram'];
  const labelled = Number(isDiscrete(x)) + Number(isDiscrete(y));
  if (labelled === 2) return ['bins', 'points'];
  if (labelled === 1) return ['boxes', 'points', 'bins'];
  return rows > MANY_POINTS && !hasColour
    ? ['bins', 'points', 'boxes']
    : ['points', 'bins', 'boxes'];
}
