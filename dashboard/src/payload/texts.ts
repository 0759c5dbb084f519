/** Texts and their tokens, read from the arrays when they are first looked at. */

import type { SentTokens } from '../model/types.ts';
import { unitsOf } from '../text/points.ts';
import type { ArrayName, Numbers, TokenArrays } from './types.ts';

/** A text and its tokens, in their order. */
export interface Document {
  readonly text: string;
  /** Number of tokens. */
  readonly count: number;
  /** Place of a token in the text: from `start` to before `end`, as strings count. */
  start(token: number): number;
  end(token: number): number;
  /** Number of its sentence, from 0. */
  sentence(token: number): number;
  value(output: number, token: number): number;
  /** What the text is attributed and none of its tokens is. */
  rest(output: number): number;
}

/** The texts of all embedded rows. */
export interface TextsData {
  /** Name of their column. */
  readonly column: string;
  text(row: number): string;
  document(row: number): Document;
}

/** Return the texts of a page. */
export function textsOf(
  spec: TokenArrays,
  column: string,
  rows: number,
  array: (name: ArrayName) => Numbers,
): TextsData {
  // A mark of byte order is a character like others.
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const kept = new Map<number, string>();
  let firstByte: Float64Array | undefined;
  let firstToken: Float64Array | undefined;
  const text = (row: number): string => {
    const known = kept.get(row);
    if (known !== undefined) return known;
    firstByte ??= begins(array(spec.lengths));
    const bytes = array(spec.bytes).subarray(firstByte[row], firstByte[row + 1]);
    const made = decoder.decode(bytes as Uint8Array<ArrayBuffer>);
    kept.set(row, made);
    return made;
  };
  return {
    column,
    text,
    document: (row) => {
      firstToken ??= begins(array(spec.counts));
      const first = firstToken[row];
      const [start, length, sentence, values, rest] = [
        array(spec.start),
        array(spec.length),
        array(spec.sentence),
        array(spec.values),
        array(spec.rest),
      ];
      const total = firstToken[rows];
      return {
        text: text(row),
        count: firstToken[row + 1] - first,
        start: (token) => start[first + token],
        end: (token) => start[first + token] + length[first + token],
        sentence: (token) => sentence[first + token],
        value: (output, token) => values[output * total + first + token],
        rest: (output) => rest[output * rows + row],
      };
    },
  };
}

/** Return a text and its tokens as a server tells them. */
export function documentOf(text: string, { start, end, sentence, ...told }: SentTokens): Document {
  const units = unitsOf(text);
  return {
    text,
    count: start.length,
    start: (token) => units[start[token]] ?? text.length,
    end: (token) => units[end[token]] ?? text.length,
    sentence: (token) => sentence[token],
    value: (output, token) => told.values[output][token] ?? Number.NaN,
    rest: (output) => told.rest[output] ?? Number.NaN,
  };
}

/** Return where each part begins, and where the last one ends. */
function begins(lengths: Numbers): Float64Array {
  const found = new Float64Array(lengths.length + 1);
  for (let i = 0; i < lengths.length; i++) found[i + 1] = found[i] + lengths[i];
  return found;
}
