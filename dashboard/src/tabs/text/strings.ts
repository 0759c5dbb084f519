/** Words of the tab of texts. */

import { count, listed } from '../../text/numbers.ts';
import { strings as outcome } from '../shared/outcome/strings.ts';

export const strings = {
  ...outcome,
  editor: 'Change the text',
  editorSummary: (beside: readonly string[]) =>
    'The logged model answers for the text as you change it' +
    `${beside.length === 0 ? '' : `, with ${listed(beside)} as in the row`}. ` +
    'Words can be taken out below, too.',
  textOf: (id: string) => `Text of row ${id}, to change`,
  reset: 'Reset',
  otherMethod: (live: string, kept: string) =>
    `The changed text is explained by the explainer logged with the model (${live}), the texts of ` +
    `this page by another one (${kept}): their numbers are not of one kind.`,
  noTexts: 'The logged model behind this page reads no text: there is nothing to change here.',
  choose: 'Show',
  previous: 'Previous text',
  next: 'Next text',
  place: (id: string, at: number, of: number) =>
    `Row ${id}: text ${count(at)} of ${count(of)} in this page`,
  noRows: 'This page holds no rows, and so no texts.',
  facts: 'How it adds up',
  factsSummary: 'Base value, tokens and rest make the output; the rest is named.',
  fact: 'Part',
  parts: [
    'Base value',
    'Tokens that raise the output',
    'Tokens that lower the output',
    'Rest: words this text does not have, and what no token is attributed',
    'Columns beside the text',
    'Output: the sum of all',
  ],
  value: (unit: string, of: string | null) => (of === null ? `Value (${unit})` : `${of} (${unit})`),
  all: 'All texts',
  allSummary: 'Pick a row to see its text above.',
  id: 'Row',
  begins: 'Begins with',
  predicted: 'Predicted',
  observed: 'Observed',
  probabilityOf: (name: string) => `Probability of ${name}`,
  row: (id: string) => `Text of row ${id}`,
} as const;
