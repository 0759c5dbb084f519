/** Tests of what an edit makes of a text, and of asking in turn. */

import { describe, expect, test } from 'vitest';
import type { Live } from '../../model/live.ts';
import { canRescale, placeOf } from '../../state/attributions.ts';
import type { Mark } from '../shared/texts/logic.ts';
import { inTurn, isSameShown, toldOf, typed, without, withText } from './logic.ts';

/** Marks of the words of a text. */
function marksOf(text: string, words: readonly string[]): Mark[] {
  let from = 0;
  return words.map((word) => {
    const start = text.indexOf(word, from);
    from = start + word.length;
    return { start, end: from, value: 0, sentence: 0, tokens: 1 };
  });
}

describe('a word is taken out as masking does', () => {
  const cases: readonly (readonly [string, readonly string[], number, string])[] = [
    ['Good phone. I', ['Good', 'phone', '.', 'I'], 0, 'phone. I'],
    ['Good phone. I', ['Good', 'phone', '.', 'I'], 1, 'Good . I'],
    ['Good phone. I', ['Good', 'phone', '.', 'I'], 2, 'Good phone I'],
    ['Good phone. I', ['Good', 'phone', '.', 'I'], 3, 'Good phone. '],
    // What comes before the first one goes with it.
    ['  a b', ['a', 'b'], 0, 'b'],
    ['a-b', ['a', '-', 'b'], 1, 'a b'],
    ['(a)!', ['(', 'a', ')', '!'], 1, '()!'],
    ['\u4f60\u597d\u5417', ['\u4f60', '\u597d', '\u5417'], 1, '\u4f60\u5417'],
    [
      '\u{1f600} \u{1f469}\u200d\u{1f52c} x',
      ['\u{1f600}', '\u{1f469}\u200d\u{1f52c}', 'x'],
      1,
      '\u{1f600} x',
    ],
    ['\u{1d400}-\u{1d401}', ['\u{1d400}', '-', '\u{1d401}'], 1, '\u{1d400} \u{1d401}'],
    // A word may end with marks: of Hindi, of a decomposed letter; a character of Thai is no word.
    ['अच्छा-है', ['अच्छा', '-', 'है'], 1, 'अच्छा है'],
    ['e\u0301-e\u0301', ['e\u0301', '-', 'e\u0301'], 1, 'e\u0301 e\u0301'],
    ['ดี-ที่', ['ดี', '-', 'ที่'], 1, 'ดีที่'],
    ['a', ['a'], 0, ''],
  ];
  test.each(cases)('%j %j %i', (text, words, at, expected) => {
    const marks = marksOf(text, words);
    expect(without(text, marks, marks[at])).toBe(expected);
  });

  test('or a sentence', () => {
    const text = 'One two. Three! Four';
    const marks = marksOf(text, ['One', 'two', '.', 'Three', '!', 'Four']);
    const sentence = { ...marks[3], end: marks[4].end, tokens: 2 };
    expect(without(text, marks, sentence)).toBe('One two. Four');
  });
});

test('a field for texts knows one end of lines, the text keeps its own', () => {
  expect(typed('a\nb c', 'a\r\nb')).toBe('a\r\nb c');
  expect(typed('a\nb c', 'a\nb')).toBe('a\nb c');
  expect(typed('a\nb\nc', 'a\r\nb\nc')).toBe('a\nb\nc');
  expect(isSameShown('a\nb', 'a\r\nb')).toBe(true);
  expect(isSameShown('a\nb', 'a b')).toBe(false);
});

test('a row keeps its other cells', () => {
  const cellsOf = () => ({ count: 1, inputs: [Float64Array.of(7), [null]] });
  const live = { text: 1, cellsOf } as unknown as Live;
  expect(withText(live, 0, '').inputs).toEqual([Float64Array.of(7), ['']]);
});

test('one output of two classes is that of the second', () => {
  const live = { space: 'log-odds' } as Live;
  const told = toldOf(live, 1, 2);
  expect(placeOf(told, 0)).toEqual({ output: 0, sign: -1 });
  expect(canRescale(told)).toBe(true);
  expect(placeOf(toldOf(live, 2, 2), 1)).toEqual({ output: 1, sign: 1 });
  expect(placeOf(toldOf(live, 1, null), 0)).toEqual({ output: 0, sign: 1 });
});

test('of questions that come meanwhile only the last is asked', async () => {
  const asked: number[] = [];
  const answers: (() => void)[] = [];
  const ask = inTurn(
    (question: number) =>
      new Promise<number>((resolve, reject) => {
        asked.push(question);
        answers.push(() => (question === 1 ? reject(new Error('no')) : resolve(10 * question)));
      }),
  );
  const first = ask(1);
  ask(2);
  const third = ask(3);
  expect(asked).toEqual([1]);
  answers[0]();
  await expect(first).rejects.toThrow('no');
  expect(asked).toEqual([1, 3]);
  answers[1]();
  expect(await third).toBe(30);
});
