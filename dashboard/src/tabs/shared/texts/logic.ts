/** Texts as marks: tokens or sentences with their importance, and the parts that are drawn. */

import type { TextAttributions } from '../../../model/live.ts';
import { logistic, slopeOf } from '../../../model/probability.ts';
import type { ViewData } from '../../../payload/page.ts';
import { type Document, documentOf } from '../../../payload/texts.ts';
import {
  attributionsOf,
  canRescale,
  placeOf,
  type Scale,
  type Told,
} from '../../../state/attributions.ts';
import { unitOf } from '../../../state/units.ts';
import { tidy } from '../../../text/numbers.ts';

/** What is coloured: each token, or each sentence. */
export type By = 'tokens' | 'sentences';

/** A token or a sentence, with its importance. */
export interface Mark {
  readonly start: number;
  readonly end: number;
  readonly value: number;
  /** Number of the sentence, from 0. */
  readonly sentence: number;
  /** Tokens in it. */
  readonly tokens: number;
}

/** How a text adds up, in the unit that was chosen. */
export interface Sum {
  readonly unit: string;
  readonly base: number;
  /** Sums of the tokens that raise the output, and of those that lower it. */
  readonly raising: number;
  readonly lowering: number;
  /** What no token is attributed. */
  readonly rest: number;
  /** Of columns beside the text. */
  readonly others: number;
  readonly output: number;
}

/** A text with the importance of its tokens. */
export interface Explained {
  readonly document: Document;
  readonly tokens: readonly Mark[];
  readonly sum: Sum;
}

/** Of a sum in single precision so much is rounding. */
const ROUNDING = 1e-4;

/** Return a text explained for a class or target; null where the page holds no importances of it. */
export function explainedText(
  view: ViewData,
  document: Document,
  row: number,
  output: number,
  scale: Scale,
): Explained | null {
  const kept = attributionsOf(view, output, 'kept');
  if (kept === null) return null;
  return summed(view, document, output, scale, { base: kept.base, output: kept.sum(row) });
}

/** Return a text as a live model explains it. */
export function explainedNow(
  told: Told,
  text: string,
  { base, tokens, others }: TextAttributions,
  output: number,
  scale: Scale,
): Explained {
  const document = documentOf(text, tokens);
  const { output: at, sign } = placeOf(told, output);
  const values = Array.from({ length: document.count }, (_, token) => document.value(at, token));
  const whole = base[at] + total(values) + document.rest(at) + others[at];
  const ends = { base: sign * base[at], output: sign * whole };
  return summed(told, document, output, scale, ends);
}

/** Where a text's sum starts, and where it ends, in the unit of the attributions. */
interface Ends {
  readonly base: number;
  readonly output: number;
}

function summed(
  told: Told,
  document: Document,
  output: number,
  scale: Scale,
  ends: Ends,
): Explained {
  const place = placeOf(told, output);
  const rescaled = scale === 'probability' && canRescale(told);
  const shown = (value: number) => (rescaled ? logistic(value) : value);
  const away = ends.output - ends.base;
  const by = place.sign * (rescaled ? slopeOf(ends.base, away) : 1);
  const largest = largestOf(document, place.output);
  const tokens = Array.from({ length: document.count }, (_, token) => ({
    start: document.start(token),
    end: document.end(token),
    value: by * tidy(document.value(place.output, token), largest),
    sentence: document.sentence(token),
    tokens: 1,
  }));
  const raising = total(tokens.map(({ value }) => Math.max(0, value)));
  const lowering = total(tokens.map(({ value }) => Math.min(0, value)));
  const rest = by * tidy(document.rest(place.output), Math.max(largest, Math.abs(away)));
  const [base, sum] = [shown(ends.base), shown(ends.output)];
  const left = sum - base - raising - lowering - rest;
  const size = Math.abs(base) + raising - lowering + Math.abs(rest);
  const others = Math.abs(left) <= ROUNDING * size ? 0 : left;
  const unit = rescaled ? 'probability' : unitOf(told.spec.space);
  return { document, tokens, sum: { unit, base, raising, lowering, rest, others, output: sum } };
}

function largestOf(document: Document, output: number): number {
  let largest = 0;
  for (let i = 0; i < document.count; i++) {
    largest = Math.max(largest, Math.abs(document.value(output, i)) || 0);
  }
  return largest;
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** Sentences of a text: from their first token to the end of their last one. */
export function sentencesOf(tokens: readonly Mark[]): Mark[] {
  const found: Mark[] = [];
  for (const token of tokens) {
    const last = found.at(-1);
    if (last === undefined || last.sentence !== token.sentence) found.push(token);
    else {
      found[found.length - 1] = {
        ...last,
        end: Math.max(last.end, token.end),
        value: last.value + token.value,
        tokens: last.tokens + 1,
      };
    }
  }
  return found;
}

/** What is so small beside the largest is what rounding leaves of a difference. */
const NOTHING = 1e-6;

/** Positions of the marks of the largest importance, largest first; none without any. */
export function strongestOf(marks: readonly Mark[], most: number): number[] {
  const largest = marks.reduce((found, { value }) => Math.max(found, Math.abs(value) || 0), 0);
  return marks
    .map((_, i) => i)
    .filter((i) => Math.abs(marks[i].value) > NOTHING * largest)
    .sort((a, b) => Math.abs(marks[b].value) - Math.abs(marks[a].value) || a - b)
    .slice(0, most);
}

/** The first of the strongest marks, and those as strong as the last of these. */
export function withTies(
  marks: readonly Mark[],
  strongest: readonly number[],
  count: number,
): number[] {
  const last = strongest[count - 1];
  if (last === undefined) return [];
  const least = Math.abs(marks[last].value);
  return strongest.filter((i) => Math.abs(marks[i].value) >= least);
}

/** Steps of colour and of the thickness of lines. */
export const LEVELS = 5;

/** Step of a value beside the largest one: 0 for none. */
export function levelOf(value: number, largest: number): number {
  if (!(largest > 0) || !(Math.abs(value) > 0)) return 0;
  return Math.min(LEVELS, Math.max(1, Math.ceil((LEVELS * Math.abs(value)) / largest)));
}

/** Marks that are drawn together. */
export interface Part {
  /** First mark, and the one after the last. */
  readonly from: number;
  readonly to: number;
  /** What it shows of the text. */
  readonly start: number;
  readonly end: number;
}

/**
 * Parts of a text of at most so many marks: a browser draws any of them at once. A part ends with
 * a sentence where one ends in its second half.
 */
export function partsOf(marks: readonly Mark[], length: number, most: number): Part[] {
  const parts: Part[] = [];
  let from = 0;
  do {
    const to = cutOf(marks, from, most);
    const start = parts.at(-1)?.end ?? 0;
    const end = to < marks.length ? marks[to].start : length;
    parts.push({ from, to, start, end: Math.max(start, end) });
    from = to;
  } while (from < marks.length);
  return parts;
}

function cutOf(marks: readonly Mark[], from: number, most: number): number {
  const last = from + most;
  if (last >= marks.length) return marks.length;
  for (let to = last; to > from + most / 2; to--) {
    if (marks[to].sentence !== marks[to - 1].sentence) return to;
  }
  return last;
}

/** A stretch of text: a mark by its position, or -1 for what stands between two. */
export interface Piece {
  readonly mark: number;
  readonly text: string;
}

/** Return a part as stretches that are the text when they are put together. */
export function piecesOf(text: string, marks: readonly Mark[], part: Part): Piece[] {
  const pieces: Piece[] = [];
  let at = part.start;
  for (let mark = part.from; mark < part.to; mark++) {
    // Whatever marks overlap, no character is shown twice.
    const start = Math.max(at, marks[mark].start);
    const end = Math.min(part.end, Math.max(start, marks[mark].end));
    if (start > at) pieces.push({ mark: -1, text: text.slice(at, start) });
    pieces.push({ mark, text: text.slice(start, end) });
    at = end;
  }
  if (part.end > at) pieces.push({ mark: -1, text: text.slice(at, part.end) });
  return pieces;
}

/** Characters without a shape of their own alone, by their numbers; null where there is a shape. */
export function invisible(text: string): string | null {
  if (!/^[\p{Cc}\p{Cf}]+$/u.test(text)) return null;
  return Array.from(text, (one) => {
    const number = (one.codePointAt(0) ?? 0).toString(16).toUpperCase();
    return `U+${number.padStart(4, '0')}`;
  }).join(' ');
}

/** Whether text would turn the direction of what stands behind it. */
export function turns(text: string): boolean {
  return /[\u202a-\u202e\u2066-\u2069]/.test(text);
}

const ISOLATE = '\u2068';
const END = '\u2069';

/** Text within a sentence of ours: on one line, and its direction is its own. */
export function spoken(text: string, most = 60): string {
  const shown = invisible(text) ?? text.replace(/[\u202a-\u202e\u2066-\u2069]/g, '');
  const line = shown.replace(/\s+/g, ' ').trim();
  const characters = Array.from(line.slice(0, 2 * most + 2));
  const short = characters.length > most ? `${characters.slice(0, most).join('')}\u2026` : line;
  return `${ISOLATE}${short}${END}`;
}
