/** Tests of what a reader picks: the oldest row gives way, and is known. */

import { expect, test } from 'vitest';
import { sketched } from '../testing/pages.ts';
import { figuredTarget } from './outputs.ts';
import { MOST_SELECTED, storeOf } from './store.ts';

test('a sixth row takes the place of the oldest, which is told', () => {
  const store = storeOf(sketched({ features: { x: [0, 1, 2, 3, 4, 5, 6] } }));
  for (let row = 0; row < MOST_SELECTED; row++) store.open(row);
  expect(store.dropped.value).toBeNull();
  store.toggle(5);
  expect([store.selected.value, store.dropped.value]).toEqual([[5, 4, 3, 2, 1], 0]);
  store.pick(3);
  expect([store.selected.value, store.dropped.value]).toEqual([[3, 5, 4, 2, 1], null]);
  store.pick(6);
  expect(store.dropped.value).toBe(1);
  store.toggle(6);
  expect([store.selected.value, store.dropped.value]).toEqual([[3, 5, 4, 2], null]);
});

test('of several targets, predictions are of the first', () => {
  const view = { outputs: ['height', 'weight'] };
  expect(figuredTarget(sketched({ classes: null, view }))).toBe('height');
  expect(figuredTarget(sketched({ classes: null }))).toBeNull();
  expect(figuredTarget(sketched({ view }))).toBeNull();
});
