/** What is said of a text, its marks and the output they are of. */

import { short, signed } from '../../../text/numbers.ts';
import { type By, type Explained, type Mark, spoken } from './logic.ts';
import { strings } from './strings.ts';

/** What is explained, where there are several outputs. */
export function nameOf(names: readonly string[], output: number): string | null {
  return names.length > 1 ? names[output] : null;
}

/** Which of several outputs is shown, where a reader chose none. */
export function noteOf(
  areClasses: boolean,
  names: readonly string[],
  output: number,
  chosen: number | 'all',
): string | undefined {
  if (names.length < 2 || chosen !== 'all') return undefined;
  return (areClasses ? strings.classOf : strings.targetOf)(names[output]);
}

/** A mark in lines: its text, its importance, its place. */
export function readingOf(
  mark: Mark,
  by: By,
  at: number,
  { document, tokens, sum }: Explained,
): string {
  const text = spoken(document.text.slice(mark.start, mark.end));
  const value = signed(mark.value);
  return by === 'tokens'
    ? strings.readToken(text, value, sum.unit, at + 1, tokens.length, mark.sentence + 1)
    : strings.readSentence(text, value, sum.unit, mark.sentence + 1, mark.tokens);
}

/** How base value, tokens and rest make the output, and which marks are strongest. */
export function summaryOf(
  id: string,
  { document, tokens, sum }: Explained,
  by: By,
  marks: readonly Mark[],
): string {
  const most = (sign: 1 | -1) => {
    const best = marks.reduce<Mark | null>(
      (found, mark) => (sign * mark.value > sign * (found?.value ?? 0) ? mark : found),
      null,
    );
    if (best === null) return null;
    const text = strings.quoted(spoken(document.text.slice(best.start, best.end), 30));
    return by === 'tokens' ? text : strings.namedSentence(best.sentence + 1, text);
  };
  const parts = [
    strings.partBase(short(sum.base)),
    strings.partTokens(short(sum.raising + sum.lowering), tokens.length),
    strings.partRest(short(sum.rest)),
    ...(sum.others === 0 ? [] : [strings.partOthers(short(sum.others))]),
  ];
  return strings.summary(id, parts, short(sum.output), most(1), most(-1));
}
