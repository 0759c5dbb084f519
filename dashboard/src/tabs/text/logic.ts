/** What an edit makes of a text: pure functions. */

import { type Change, changed } from '../../model/cells.ts';
import type { Cells } from '../../model/evaluator.ts';
import type { Live } from '../../model/live.ts';
import type { Told } from '../../state/attributions.ts';
import type { Mark } from '../shared/texts/logic.ts';

/** A letter or digit of scripts with spaces between words; the others as `segments.py` has them. */
const LETTER =
  '(?![\\u0e00-\\u0eff\\u1000-\\u109f\\u1780-\\u17ff\\u3040-\\u30ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff\\u{20000}-\\u{3ffff}])[\\p{L}\\p{N}]';
/** What belongs to the character before it, as `marks.py` has it. */
const MARK = '[\\p{M}\\u200c\\u200d\\u0e33\\u0eb3\\u{e0020}-\\u{e007f}]';
const BEGINS_WITH_WORD = new RegExp(`^${LETTER}`, 'u');
const ENDS_WITH_WORD = new RegExp(`${LETTER}${MARK}*$`, 'u');

/**
 * Return a text without a token or sentence, as masking takes them out in Python: its own space
 * goes with it, and words between which it stood stay two words.
 */
export function without(text: string, marks: readonly Mark[], mark: Mark): string {
  const isFirst = marks.every(({ start }) => start >= mark.start);
  const next = marks.find(({ start }) => start >= mark.end);
  const from = isFirst ? 0 : mark.start;
  const to = next === undefined ? text.length : next.start;
  const [left, out, right] = [text.slice(0, from), text.slice(from, to), text.slice(to)];
  return left + (needsSpace(left, out, right) ? ' ' : '') + right;
}

function needsSpace(left: string, out: string, right: string): boolean {
  if (left === '' || right === '' || /\s$/.test(left)) return false;
  return /\s/.test(out) || (ENDS_WITH_WORD.test(left) && BEGINS_WITH_WORD.test(right));
}

/** What a reader typed: a field for texts knows one end of lines, and the text has its own. */
export function typed(value: string, original: string): string {
  const isWindows = original.includes('\r\n') && !/(^|[^\r])\n/.test(original);
  return isWindows ? value.replace(/\r?\n/g, '\r\n') : value;
}

/** Whether a field shows the same: it makes all ends of lines one. */
export function isSameShown(value: string, original: string): boolean {
  const plain = (text: string) => text.replace(/\r\n?/g, '\n');
  return plain(value) === plain(original);
}

/** Cells of a row with another text in it. */
export function withText({ text, cellsOf }: Live, row: number, value: string): Cells {
  const changes: Change[] = text === null ? [] : [{ input: text, value }];
  return changed(cellsOf([row]), changes);
}

/** How a live model's attributions are told. */
export function toldOf({ space }: Live, outputs: number, classes: number | null): Told {
  const names = Array.from({ length: outputs }, (_, i) => String(i));
  return { spec: { outputs: names, mirrored: outputs === 1 && classes === 2, space } };
}

/** Asks one question at a time; of those that come meanwhile only the last is ever answered. */
export function inTurn<A, T>(ask: (asked: A) => Promise<T>): (asked: A) => Promise<T> {
  let isAsked = false;
  let waiting: (() => void) | null = null;
  return (asked) =>
    new Promise((resolve, reject) => {
      const start = () => {
        isAsked = true;
        ask(asked)
          .then(resolve, reject)
          .finally(() => {
            isAsked = false;
            const next = waiting;
            waiting = null;
            next?.();
          });
      };
      if (isAsked) waiting = start;
      else start();
    });
}
