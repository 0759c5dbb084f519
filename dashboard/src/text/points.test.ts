/** Tests of places in texts. */

import { expect, test } from 'vitest';
import { pointsOf, unitsOf } from './points.ts';

test('a code point has one unit or two', () => {
  expect([...unitsOf('a\u{1f600}b')]).toEqual([0, 1, 3, 4]);
  expect([...pointsOf('a\u{1f600}b')]).toEqual([0, 1, 1, 2, 3]);
});

test('half of a pair is a code point, and nothing has none', () => {
  expect([...unitsOf('\ud83da')]).toEqual([0, 1, 2]);
  expect([...pointsOf('')]).toEqual([0]);
});

test('there and back is the same', () => {
  const text = '\u{1f469}\u200d\u{1f52c} \u05d8\u05d5\u05d1 \ufeff!';
  const [units, points] = [unitsOf(text), pointsOf(text)];
  expect(units.length).toBe(Array.from(text).length + 1);
  expect(Array.from(units, (unit) => points[unit])).toEqual(Array.from(units, (_, i) => i));
});
