/** Tests of texts as marks: what adds up, what is drawn, and that no character is lost. */

import { describe, expect, test } from 'vitest';
import type { Document } from '../../../payload/texts.ts';
import { sketched } from '../../../testing/pages.ts';
import { number } from '../../../text/numbers.ts';
import {
  explainedNow,
  explainedText,
  invisible,
  levelOf,
  type Mark,
  partsOf,
  piecesOf,
  sentencesOf,
  spoken,
  strongestOf,
  turns,
  withTies,
} from './logic.ts';

const text = 'Good \u{1f600}. \u202ebad!';
/** Places in UTF-16 units: the emoji has two. */
const places: readonly (readonly [number, number, number])[] = [
  [0, 4, 0],
  [5, 7, 0],
  [7, 8, 0],
  [9, 10, 1],
  [10, 13, 1],
  [13, 14, 1],
];
const values = [0.5, 0, -0.125, 0, -0.5, 0.25];
const document: Document = {
  text,
  count: places.length,
  start: (i) => places[i][0],
  end: (i) => places[i][1],
  sentence: (i) => places[i][2],
  value: (_, i) => values[i],
  rest: () => 0.125,
};
/** One feature stands for all of the text. */
const page = sketched({ features: { text: [0] }, local: [[[0.25]]], baseValues: [0.5] });
const [view] = page.views;

function made(output: number, scale: 'kept' | 'probability' = 'kept') {
  const found = explainedText(view, document, 0, output, scale);
  if (found === null) throw new Error('no importances');
  return found;
}

test('base value, tokens and rest are the output', () => {
  const { sum } = made(1);
  expect(sum).toMatchObject({ base: 0.5, raising: 0.75, lowering: -0.625, rest: 0.125, others: 0 });
  expect(sum.base + sum.raising + sum.lowering + sum.rest).toBeCloseTo(sum.output, 6);
});

test('what rounding leaves is no number', () => {
  const rounded = {
    ...document,
    value: (_: number, i: number) => (i === 1 ? -3e-18 : values[i]),
    rest: () => -2e-16,
  };
  const found = explainedText(view, rounded, 0, 0, 'kept');
  expect(found?.tokens[1].value).toBeCloseTo(0, 30);
  expect(number(found?.tokens[1].value ?? 1)).toBe('0');
  expect(number(found?.sum.rest ?? 1)).toBe('0');
});

test('of the first of two classes all signs are the other way round', () => {
  const { tokens, sum } = made(0);
  expect(tokens.map(({ value }) => value + 0)).toEqual(values.map((value) => 0 - value));
  expect(sum).toMatchObject({ base: -0.5, rest: -0.125 });
});

test('as probability, all parts are multiplied by one number', () => {
  const { tokens, sum } = made(1, 'probability');
  expect(sum.unit).toBe('probability');
  expect(tokens[0].value / tokens[5].value).toBeCloseTo(2, 9);
  expect(sum.base + sum.raising + sum.lowering + sum.rest).toBeCloseTo(sum.output, 6);
});

test('what columns beside the text are attributed is a part of its own', () => {
  const beside = sketched({ features: { text: [0], age: [1] }, local: [[[0.25], [1]]] });
  expect(explainedText(beside.views[0], document, 0, 1, 'kept')?.sum.others).toBeCloseTo(1, 6);
});

test('without importances of single rows there is nothing to show', () => {
  const global = sketched({ features: { text: [0] } });
  expect(explainedText(global.views[0], document, 0, 1, 'kept')).toBeNull();
});

test('a sentence is the sum of its tokens', () => {
  const sentences = sentencesOf(made(1).tokens);
  expect(sentences.map(({ value }) => value)).toEqual([0.375, -0.25]);
  expect(sentences.map(({ start, end }) => text.slice(start, end))).toEqual([
    'Good \u{1f600}.',
    '\u202ebad!',
  ]);
  expect(sentences.map(({ tokens }) => tokens)).toEqual([3, 3]);
});

test('the strongest come first, and what has no importance is none of them', () => {
  const { tokens } = made(1);
  expect(strongestOf(tokens, 10)).toEqual([0, 4, 5, 2]);
  expect(strongestOf(tokens, 2)).toEqual([0, 4]);
  const noise = tokens.map((token, i) => (i === 1 ? { ...token, value: 1e-12 } : token));
  expect(strongestOf(noise, 10)).not.toContain(1);
  expect(strongestOf([], 10)).toEqual([]);
  const all = strongestOf(tokens, 10);
  // Two are as strong as each other: one is not marked without the other.
  expect([1, 2, 3].map((n) => withTies(tokens, all, n).length)).toEqual([2, 2, 3]);
  expect(withTies(tokens, [], 1)).toEqual([]);
});

test('colours have five steps by size', () => {
  expect([0, 0.01, 0.2, 0.21, -1, 1].map((value) => levelOf(value, 1))).toEqual([0, 1, 1, 2, 5, 5]);
  expect(levelOf(1, 0)).toBe(0);
  expect(levelOf(Number.NaN, 1)).toBe(0);
});

describe('a long text', () => {
  const marks: Mark[] = Array.from({ length: 5000 }, (_, i) => ({
    start: 6 * i,
    end: 6 * i + 5,
    value: 1,
    sentence: Math.floor(i / 70),
    tokens: 1,
  }));
  const long = 'words '.repeat(5000);
  const parts = partsOf(marks, long.length, 1000);

  test('has parts that end with a sentence', () => {
    expect(parts.length).toBeLessThanOrEqual(10);
    expect(Math.max(...parts.map(({ from, to }) => to - from))).toBeLessThanOrEqual(1000);
    for (const { to } of parts.slice(0, -1)) expect(to % 70).toBe(0);
    expect(parts.map(({ from }) => from).slice(1)).toEqual(parts.map(({ to }) => to).slice(0, -1));
  });

  test('loses no character', () => {
    const all = parts.flatMap((part) => piecesOf(long, marks, part).map((piece) => piece.text));
    expect(all.join('')).toBe(long);
  });
});

test('pieces are the text, whatever marks overlap, and without any mark', () => {
  const whole = (marks: readonly Mark[]) =>
    partsOf(marks, text.length, 100).flatMap((part) => piecesOf(text, marks, part));
  const { tokens } = made(1);
  expect(
    whole(tokens)
      .map((piece) => piece.text)
      .join(''),
  ).toBe(text);
  const overlapping = [tokens[0], { ...tokens[0], start: 2, end: 6 }, { ...tokens[0], end: 3 }];
  expect(
    whole(overlapping)
      .map((piece) => piece.text)
      .join(''),
  ).toBe(text);
  expect(whole([])).toEqual([{ mark: -1, text }]);
});

test('characters without a shape are told by their numbers', () => {
  expect(invisible('\u202e')).toBe('U+202E');
  expect(invisible('\u200b\u0007')).toBe('U+200B U+0007');
  expect(invisible('a\u200d')).toBeNull();
  expect(invisible('')).toBeNull();
});

test('what would turn the direction of other text is set apart, and left out of sentences', () => {
  expect(turns('\u202eabc')).toBe(true);
  expect(turns('\u05d0bc')).toBe(false);
  expect(spoken('a\u2069b\u202ec\nd')).toBe('\u2068abc d\u2069');
  expect(spoken('\u{1f600}'.repeat(9), 3)).toBe(`\u2068${'\u{1f600}'.repeat(3)}\u2026\u2069`);
});

describe('a text that a live model explains', () => {
  const tokens = {
    start: places.map((_, i) => [0, 5, 6, 8, 9, 12][i]),
    end: places.map((_, i) => [4, 6, 7, 9, 12, 13][i]),
    sentence: places.map(([, , sentence]) => sentence),
    values: [values],
    rest: [0.125],
  };
  const told = { spec: { outputs: ['yes'], mirrored: true, space: 'log-odds' } } as const;
  const attributions = { base: [0.5], tokens, others: [0] };

  test('is told as one of the page is', () => {
    for (const [output, scale] of [
      [1, 'kept'],
      [0, 'kept'],
      [0, 'probability'],
    ] as const) {
      const [now, kept] = [
        explainedNow(told, text, attributions, output, scale),
        made(output, scale),
      ];
      expect(now.sum).toMatchObject({ unit: kept.sum.unit, others: 0 });
      expect(now.sum.output).toBeCloseTo(kept.sum.output, 6);
      expect(now.tokens.map(({ start, end }) => [start, end])).toEqual(
        kept.tokens.map(({ start, end }) => [start, end]),
      );
      now.tokens.forEach((token, i) => {
        expect(token.value).toBeCloseTo(kept.tokens[i].value, 6);
      });
    }
  });

  test('columns beside it are a part of their own', () => {
    const { sum } = explainedNow(told, text, { ...attributions, others: [2] }, 1, 'kept');
    expect(sum.others).toBeCloseTo(2, 12);
    expect(sum.output).toBeCloseTo(2.75, 12);
  });
});
