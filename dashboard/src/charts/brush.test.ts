/** A rectangle over points, step by step. */

import { expect, test } from 'vitest';
import { begun, cornersAt, dragged, followed, NO_BRUSH, pressed, spansOf } from './brush.ts';

test('a pointer draws it once it has gone far enough', () => {
  const brush = pressed({ x: 10, y: 10 });
  expect(cornersAt(brush, brush.to)).toBeNull();
  expect(cornersAt(brush, { x: 12, y: 13 })).toBeNull();
  const drawn = dragged(brush, { x: 2, y: 30 });
  const corners = cornersAt(drawn, drawn.to);
  expect(corners).toEqual([
    { x: 10, y: 10 },
    { x: 2, y: 30 },
  ]);
  expect(corners && spansOf(corners)).toEqual({ across: [2, 10], down: [10, 30] });
});

test('by keys it follows the cursor, and may be of a single place', () => {
  const brush = begun({ x: 5, y: 5 });
  expect(cornersAt(brush, brush.to)).not.toBeNull();
  expect(followed(brush, { x: 8, y: 1 }).to).toEqual({ x: 8, y: 1 });
});

test('without one, moving draws nothing', () => {
  expect(dragged(NO_BRUSH, { x: 1, y: 1 })).toBe(NO_BRUSH);
  expect(followed(pressed({ x: 1, y: 1 }), { x: 9, y: 9 }).to).toBeNull();
  expect(cornersAt(NO_BRUSH, { x: 1, y: 1 })).toBeNull();
});
