/** Words of the tab of single rows. */

import { count, listed } from '../../text/numbers.ts';

export const strings = {
  pick: 'Choose rows',
  pickSummary: (most: number) =>
    `Click a point, find an id or pick from the table: up to ${count(most)} rows side by side.`,
  picker: 'Choose from',
  pickers: { scatter: 'Scatter', table: 'Table' },
  add: 'Add',
  against: 'Against',
  observed: 'Observed',
  predicted: 'Predicted',
  predictedValue: 'Prediction',
  /** A page of several targets holds predictions and outcomes of the first. */
  ofTarget: (title: string, target: string) => `${title} of ${target}`,
  probabilityOf: (name: string) => `Probability of ${name}`,
  scatter: 'Predictions of rows',
  selectedRow: 'chosen row',
  chosen: 'Chosen rows',
  dropped: (id: string, most: number) =>
    `Row ${id}, the oldest, was taken away: up to ${count(most)} rows stand side by side.`,
  none: 'No row is chosen yet. Click a point above, or a dot in any chart of any tab.',
  first: 'Explain the first row',
  remove: (id: string) => `Remove row ${id}`,
  clear: 'Remove all',
  row: (id: string) => `row ${id}`,
  rowTitle: (id: string) => `Row ${id}`,
  id: 'Row',
  kind: 'Drawn as',
  kinds: { waterfall: 'Waterfall', bars: 'Bars', force: 'Force', decision: 'Lines' },
  top: 'Features shown',
  why: 'What made the output',
  whyOf: (name: string) => `What made the output: ${name}`,
  whySummary: (id: string, base: string, sum: string, up: string | null, down: string | null) => {
    const most = [
      ...(up === null ? [] : [`${up} raises it most`]),
      ...(down === null ? [] : [`${down} lowers it most`]),
    ];
    const end = most.length === 0 ? '' : `: ${most.join(', ')}`;
    return `Row ${id} goes from the base value ${base} to ${sum}${end}.`;
  },
  barsSummary: 'Bars to the right raise the output, bars to the left lower it.',
  forceSummary: 'What raises the output pushes from the left, what lowers it from the right.',
  decisionSummary:
    'Each line starts at the base value at the foot and moves with every feature to the output at the top.',
  raises: 'raises the output',
  lowers: 'lowers the output',
  base: 'base value',
  sum: 'output',
  others: (others: number) => (others === 1 ? '1 other' : `${count(others)} others`),
  importance: (unit: string) => `importance (${unit})`,
  outputUnit: (unit: string) => `output (${unit})`,
  fact: 'Figure',
  zero: '\u2248 0',
  unknown: '\u2013',
  facts: 'How it adds up',
  factsSummary: 'Base value plus importance of all features, beside what the model itself said.',
  factBase: (unit: string) => `Base value (${unit})`,
  factSum: (unit: string) => `Base + importance (${unit})`,
  factConverted: (unit: string) => `The same as ${unit} (softmax over the classes)`,
  factOwn: (unit: string) => `Model\u2019s own output (${unit})`,
  factResidual: (unit: string) => `Difference (${unit})`,
  notAdditive:
    'Values of this method need not add up to the model\u2019s output: no sum is compared with it.',
  otherTarget: (held: string, shown: string) =>
    `Importance and sum are of ${shown}; predictions and outcomes in this page are of ${held}, so ` +
    'the sum is compared with none.',
  noOwn: 'The page cannot put the model\u2019s own output beside the sum: their units differ.',
  classOf: (name: string) =>
    `Shown for the class ${name}, predicted for the first chosen row; choose a class in the header.`,
  targetOf: (name: string) => `Shown for ${name}; choose a target in the header.`,
  neighbours: (id: string) => `Rows most like row ${id} with another outcome`,
  neighboursSummary: (name: string, id: string, distance: string, differs: readonly string[]) =>
    `The nearest is row ${id} (${name}), ${distance} away${
      differs.length === 0 ? '' : `; they differ most in ${listed(differs)}`
    }.`,
  neighboursNone: 'No row in this page has another outcome.',
  neighboursNoCells: 'Rows are compared by the cells of their columns, and this page holds none.',
  neighboursUnknown: 'Without predictions in this page, rows with another outcome are not known.',
  distance: 'Distance',
  differences: 'Largest differences',
  difference: (name: string, from: string, to: string) => `${name}: ${from} \u2192 ${to}`,
  neighboursNote:
    'Distance: root of the mean squared difference, numbers in standard deviations, labels 0 or 1. Not a cause: taking over these values need not change the prediction.',
  neighboursWords: 'Rows are compared by the columns beside the text, not by its words.',
  neighboursValues: 'Another outcome: at least half a standard deviation of all predictions away.',
  neighboursTarget: (target: string) => `Predictions are those of ${target}.`,
  sampleNote: (rows: number, total: number) =>
    `Among the ${count(rows)} rows in this page, a sample of ${count(total)}.`,
  noLocal:
    'This explanation holds importance over all rows only, not of single rows: see the tab Importance. Rows can be looked at here, not explained.',
  noRows: 'This page holds no rows.',
  noPredictions: 'This page holds no predictions: rows are chosen from the table.',
  feature: 'Feature',
  value: (id: string) => `Row ${id}: value`,
  importanceIn: (id: string) => `Row ${id}: importance`,
} as const;
