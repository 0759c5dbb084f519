/** Tests of reading texts and tokens. */

import { expect, test } from 'vitest';
import { documentOf, textsOf } from './texts.ts';
import type { Numbers, TokenArrays } from './types.ts';

const TEXTS = ['\ufeffa \u{1f600} b', '', '\u05e9\u05dc\u05d5\u05dd </script>'];
const encoded = TEXTS.map((text) => new TextEncoder().encode(text));
const arrays: Record<string, Numbers> = {
  bytes: Uint8Array.from(encoded.flatMap((bytes) => [...bytes])),
  lengths: Uint8Array.from(encoded, (bytes) => bytes.length),
  counts: Uint8Array.from([3, 0, 1]),
  start: Uint8Array.from([1, 3, 6, 0]),
  length: Uint8Array.from([1, 2, 1, 4]),
  sentence: Uint8Array.from([0, 0, 1, 0]),
  values: Float32Array.from([1, 2, 3, 4, -1, -2, -3, -4]),
  rest: Float32Array.from([0.5, 0.25, 0, -0.5, -0.25, 0]),
};
const spec = Object.fromEntries(Object.keys(arrays).map((name) => [name, name]));
const texts = textsOf(spec as unknown as TokenArrays, 'review', 3, (name) => arrays[name]);

test('texts are as they were, a mark of byte order among them', () => {
  expect([0, 1, 2].map((row) => texts.text(row))).toEqual(TEXTS);
  expect(texts.column).toBe('review');
});

test('tokens of a row are cut out of its text, and have its values', () => {
  const cut = (row: number) => {
    const it = texts.document(row);
    return Array.from({ length: it.count }, (_, i) => it.text.slice(it.start(i), it.end(i)));
  };
  expect([cut(0), cut(1), cut(2)]).toEqual([
    ['a', '\u{1f600}', 'b'],
    [],
    ['\u05e9\u05dc\u05d5\u05dd'],
  ]);
  const last = texts.document(2);
  expect([last.value(0, 0), last.value(1, 0), last.rest(0), last.rest(1)]).toEqual([4, -4, 0, 0]);
  expect(texts.document(1).rest(1)).toBe(-0.25);
  expect(texts.document(0).sentence(2)).toBe(1);
});

test('places that a server tells are of code points', () => {
  const text = 'a \u{1f600} b';
  const told = {
    start: [0, 2, 4],
    end: [1, 3, 5],
    sentence: [0, 0, 1],
    values: [[1, null, -2]],
    rest: [null],
  };
  const it = documentOf(text, told);
  expect([0, 1, 2].map((i) => text.slice(it.start(i), it.end(i)))).toEqual(['a', '\u{1f600}', 'b']);
  expect([it.value(0, 0), it.value(0, 1), it.rest(0), it.sentence(2)]).toEqual([
    1,
    Number.NaN,
    Number.NaN,
    1,
  ]);
});
