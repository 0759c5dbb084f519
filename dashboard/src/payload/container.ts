/**
 * Reads the block a page carries: base64 of gzip of JSON and binary sections.
 *
 * Unpacked, the block is a little-endian u32 with the length of the JSON, the JSON (padded with
 * spaces to a multiple of eight), and the sections its `arrays` names.
 */

import type { ArrayName, Dtype, Numbers, Payload, Section } from './types.ts';

/** What a block holds. */
export interface Block {
  readonly payload: Payload;
  readonly array: (name: ArrayName) => Numbers;
}

const BYTES: Readonly<Record<Dtype, number>> = {
  u8: 1,
  i8: 1,
  u16: 2,
  i16: 2,
  u32: 4,
  i32: 4,
  f32: 4,
  f64: 8,
};

/** A page that cannot be read, in words for its reader. */
export class UnreadablePage extends Error {}

/** Return the bytes of a base64 text. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.trim());
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** Return the bytes a gzip stream holds. */
export async function unzipped(bytes: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> {
  if (typeof DecompressionStream === 'undefined') {
    throw new UnreadablePage(
      'This browser cannot unpack the page: it has no DecompressionStream. ' +
        'Open the page in a browser of 2023 or newer.',
    );
  }
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(stream).arrayBuffer();
}

/** Return the block inside unpacked bytes; arrays are made when first asked for, and kept. */
export function blockOf(buffer: ArrayBuffer): Block {
  const length = new DataView(buffer).getUint32(0, true);
  const start = 4 + length;
  const payload = JSON.parse(
    new TextDecoder().decode(new Uint8Array(buffer, 4, length)),
  ) as Payload;
  if (payload.version !== 1) {
    throw new UnreadablePage(`This page holds data of version ${String(payload.version)}, not 1.`);
  }
  const known = new Map<ArrayName, Numbers>();
  const array = (name: ArrayName): Numbers => {
    let found = known.get(name);
    if (found === undefined) {
      const section = payload.arrays[name];
      if (section === undefined) throw new UnreadablePage(`This page has no array ${name}.`);
      found = numbersOf(buffer, start, section);
      known.set(name, found);
    }
    return found;
  };
  return { payload, array };
}

function numbersOf(buffer: ArrayBuffer, start: number, section: Section): Numbers {
  const width = BYTES[section.dtype];
  const bytes = new Uint8Array(buffer, start + section.offset, section.length * width);
  const whole = section.shuffled ? joined(bytes, width) : bytes.slice();
  return typed(section.dtype, whole.buffer);
}

/** Return elements from planes: all first bytes, then all second ones... */
function joined(planes: Uint8Array, width: number): Uint8Array<ArrayBuffer> {
  const length = planes.length / width;
  const bytes = new Uint8Array(planes.length);
  for (let byte = 0; byte < width; byte++) {
    const from = byte * length;
    for (let i = 0, to = byte; i < length; i++, to += width) bytes[to] = planes[from + i];
  }
  return bytes;
}

function typed(dtype: Dtype, buffer: ArrayBuffer): Numbers {
  switch (dtype) {
    case 'u8':
      return new Uint8Array(buffer);
    case 'u16':
      return new Uint16Array(buffer);
    case 'u32':
      return new Uint32Array(buffer);
    case 'i8':
      return new Int8Array(buffer);
    case 'i16':
      return new Int16Array(buffer);
    case 'i32':
      return new Int32Array(buffer);
    case 'f32':
      return new Float32Array(buffer);
    case 'f64':
      return new Float64Array(buffer);
  }
}
