/** Words about texts and their tokens. */

import { count, plural } from '../../../text/numbers.ts';

export const strings = {
  title: (id: string, name: string | null) =>
    name === null ? `Text of row ${id}` : `Text of row ${id}: for or against ${name}`,
  summary: (
    id: string,
    parts: readonly string[],
    output: string,
    up: string | null,
    down: string | null,
  ) => {
    const most = [
      ...(up === null ? [] : [`${up} raises it most`]),
      ...(down === null ? [] : [`${down} lowers it most`]),
    ];
    const end = most.length === 0 ? '' : `: ${most.join(', ')}`;
    return `Row ${id}: ${parts.join(' + ')} = ${output}${end}.`;
  },
  quoted: (text: string) => `\u201c${text}\u201d`,
  namedSentence: (s: number, text: string) => `sentence ${count(s)} (${text})`,
  partBase: (value: string) => `${value} (base value)`,
  partTokens: (value: string, n: number) => `${value} (${plural(n, 'token')})`,
  partRest: (value: string) => `${value} (rest)`,
  partOthers: (value: string) => `${value} (other columns)`,
  by: 'Coloured by',
  bys: { tokens: 'Tokens', sentences: 'Sentences' },
  top: 'Strongest marked',
  marked: (n: number, all: boolean) => (all ? `all ${count(n)}` : count(n)),
  label: (id: string) => `Text of row ${id}`,
  hint: 'Arrow keys move from mark to mark, Home and End to the first and last, Page up and Page down to other parts. The table has all tokens.',
  takeHint: 'Delete takes a mark out of the text.',
  without: { tokens: 'Without this word', sentences: 'Without this sentence' },
  withoutThis: (text: string) => `Without this word: ${text}`,
  edited: (id: string) => `${id}, edited`,
  empty: 'This text is empty.',
  noTokens: 'This text has no tokens: all it is attributed is the rest.',
  raises: 'raises the output: line below',
  lowers: 'lowers the output: broken line above',
  scale: (largest: string, unit: string) => `Strongest colour and line: \u00b1${largest} (${unit})`,
  token: 'Token',
  number: 'Number',
  start: 'Start',
  end: 'End',
  sentence: 'Sentence',
  importance: (unit: string) => `Importance (${unit})`,
  readToken: (text: string, value: string, unit: string, at: number, of: number, s: number) =>
    `\u201c${text}\u201d\n${value} (${unit})\ntoken ${count(at)} of ${count(of)}, sentence ${count(s)}`,
  readSentence: (text: string, value: string, unit: string, s: number, tokens: number) =>
    `Sentence ${count(s)}: \u201c${text}\u201d\n${value} (${unit})\n${plural(tokens, 'token')}`,
  part: (at: number, of: number) => `Part ${count(at)} of ${count(of)}`,
  parts: 'Parts of the text',
  previousPart: 'Previous part',
  nextPart: 'Next part',
  startUnit: 'Start and end count characters (Unicode code points) from 0.',
  classOf: (name: string) =>
    `Shown for the class ${name}, predicted for this row; choose a class in the header.`,
  targetOf: (name: string) => `Shown for ${name}; choose a target in the header.`,
  strongest: { tokens: 'Strongest tokens', sentences: 'Strongest sentences' },
  strongestSummary: {
    tokens: 'The same word counts each time it stands in the text. Pick a bar to see where.',
    sentences: 'The sum over the tokens of each sentence. Pick a bar to see it.',
  },
  noneStrong: 'No token of this text has an importance other than 0.',
  noImportance: 'The page holds no importances of single rows, and so none of tokens.',
} as const;
