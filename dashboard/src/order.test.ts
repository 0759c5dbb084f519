/** The order of folders: what lies lower knows nothing of what lies above it. */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

/** Lowest first; folders of one line do not know each other. */
const ORDER = [
  ['text', 'stats'],
  ['model'],
  ['payload'],
  ['metrics'],
  ['state'],
  ['ui'],
  ['charts'],
  ['cohorts'],
  ['tabs/shared'],
  ['tabs/*'],
  ['tabs'],
  ['shell'],
  [''],
];
const root = import.meta.dirname;
const files = readdirSync(root, { recursive: true, encoding: 'utf-8' }).filter(
  (path) => /\.tsx?$/.test(path) && !path.includes('.test.') && !/(^|\/)testing\//.test(path),
);

/** The folder of a file, as in the order. */
function placeOf(path: string): { readonly folder: string; readonly level: number } {
  const parts = dirname(path).split('/');
  const folder = parts[0] === 'tabs' ? parts.slice(0, 2).join('/') : parts[0].replace('.', '');
  const name = folder.startsWith('tabs/') && folder !== 'tabs/shared' ? 'tabs/*' : folder;
  return { folder, level: ORDER.findIndex((line) => line.includes(name)) };
}

test('every folder has a place in the order', () => {
  expect(files.length).toBeGreaterThan(150);
  expect(files.filter((path) => placeOf(path).level < 0)).toEqual([]);
});

test('imports go down', () => {
  const wrong = files.flatMap((path) => {
    const from = placeOf(path);
    const source = readFileSync(join(root, path), 'utf-8');
    return [...source.matchAll(/^(import type )?.*?from '(\.[^']+)'/gm)].flatMap(([, type, at]) => {
      // The contract of the two sides is types alone.
      if (type !== undefined && at.endsWith('/types.ts')) return [];
      const to = placeOf(relative(root, resolve(root, dirname(path), at)));
      const isDown = to.folder === from.folder || to.level < from.level;
      return isDown ? [] : [`${path}: ${at}`];
    });
  });
  expect(wrong).toEqual([]);
});
