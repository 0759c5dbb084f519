/** Tests of which marks of a text are coloured. */

import { expect, test } from 'vitest';
import type { Mark } from './logic.ts';
import { colouredOf, rankingOf } from './ranking.ts';

const marks: readonly Mark[] = [0.5, 0, -2, 0.5, 1].map((value, i) => ({
  start: 2 * i,
  end: 2 * i + 1,
  value,
  sentence: i < 3 ? 0 : 1,
  tokens: 1,
}));

test('so many of the strongest are coloured, and those as strong as the last', () => {
  const ranking = rankingOf(marks, 'tokens');
  expect(ranking.strongest).toEqual([2, 4, 0, 3]);
  expect([ranking.largest, ranking.most]).toEqual([2, 4]);
  expect([...colouredOf(ranking, 2)]).toEqual([2, 4]);
  expect([...colouredOf(ranking, 3)]).toEqual([2, 4, 0, 3]);
  expect([...colouredOf(ranking, Number.POSITIVE_INFINITY)]).toEqual([2, 4, 0, 3]);
});

test('or sentences, or nothing', () => {
  const ranking = rankingOf(marks, 'sentences');
  expect(ranking.marks.map(({ value }) => value)).toEqual([-1.5, 1.5]);
  expect(ranking.strongest).toEqual([0, 1]);
  const none = rankingOf([], 'tokens');
  expect([none.largest, none.most, colouredOf(none, 3).size]).toEqual([0, 0, 0]);
});

test('of very many marks all are coloured at the end of what can be chosen', () => {
  const many = Array.from({ length: 700 }, (_, i) => ({ ...marks[0], value: i + 1 }));
  const ranking = rankingOf(many, 'tokens');
  expect(ranking.most).toBe(500);
  expect(colouredOf(ranking, 500).size).toBe(700);
  expect(colouredOf(ranking, 499).size).toBe(499);
});
