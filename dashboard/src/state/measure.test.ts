/** A measure ends when the work does. */

import { expect, test } from 'vitest';
import { measured } from './measure.ts';

const marks = (name: string) => performance.getEntriesByName(name, 'measure').length;

test('work that is done at once is measured at once', () => {
  expect(measured('at once', () => 3)).toBe(3);
  expect(marks('at once')).toBe(1);
});

test('a promise is measured when it is kept, or broken', async () => {
  let keep = (_: number) => {};
  const kept = measured('later', () => new Promise<number>((done) => (keep = done)));
  expect(marks('later')).toBe(0);
  keep(5);
  expect(await kept).toBe(5);
  expect(marks('later')).toBe(1);
  const broken = measured('broken', () => Promise.reject(new Error('no')));
  await expect(broken).rejects.toThrow('no');
  expect(marks('broken')).toBe(1);
});
