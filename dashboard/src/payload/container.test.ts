/** Tests of reading the block. */

import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { blockOf, fromBase64, UnreadablePage, unzipped } from './container.ts';

function packed(payload: object, sections: Uint8Array): ArrayBuffer {
  let json = JSON.stringify(payload);
  while ((4 + new TextEncoder().encode(json).length) % 8 !== 0) json += ' ';
  const text = new TextEncoder().encode(json);
  const buffer = new ArrayBuffer(4 + text.length + sections.length);
  new DataView(buffer).setUint32(0, text.length, true);
  new Uint8Array(buffer).set(text, 4);
  new Uint8Array(buffer).set(sections, 4 + text.length);
  return buffer;
}

const planes = (values: Float32Array): Uint8Array => {
  const bytes = new Uint8Array(values.buffer);
  return Uint8Array.from(bytes, (_, i) => {
    const plane = Math.floor(i / values.length);
    return bytes[(i % values.length) * 4 + plane];
  });
};

test('sections are read as they are, or put together from planes of bytes', () => {
  const numbers = Float32Array.from([1.5, -2.25, Number.NaN, 3e7]);
  const sections = new Uint8Array(24);
  sections.set([7, 8, 9]);
  sections.set(planes(numbers), 8);
  const block = blockOf(
    packed(
      {
        version: 1,
        title: 'ü',
        arrays: {
          codes: { dtype: 'u8', length: 3, offset: 0, shuffled: false },
          cells: { dtype: 'f32', length: 4, offset: 8, shuffled: true },
        },
      },
      sections,
    ),
  );
  expect(block.payload.title).toBe('ü');
  expect([...block.array('codes')]).toEqual([7, 8, 9]);
  expect([...block.array('cells')]).toEqual([...numbers]);
  expect(block.array('cells')).toBe(block.array('cells'));
  expect(() => block.array('nothing')).toThrow(UnreadablePage);
});

test('a block of another version is refused by its number', () => {
  expect(() => blockOf(packed({ version: 2, arrays: {} }, new Uint8Array(0)))).toThrow('version 2');
});

test('base64 and gzip give back the bytes', async () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);
  const text = gzipSync(bytes).toString('base64');
  const back = await unzipped(fromBase64(`\n${text}\n`));
  expect([...new Uint8Array(back)]).toEqual([...bytes]);
});
