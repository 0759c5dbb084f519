/** Words of the what-if tab. */

import { count, number, percent, plural } from '../../text/numbers.ts';
import { strings as outcome } from '../shared/outcome/strings.ts';

export const strings = {
  ...outcome,
  missing: 'missing',
  // Where the model is.
  mode: 'Predictions here',
  modes: {
    exact: 'exact',
    surrogate: 'surrogate',
    recorded: 'recorded',
    live: 'live',
  },
  exact: (rows: number, error: number) =>
    `The model itself runs in the page: on ${plural(rows, 'row')} its predictions are Python\u2019s` +
    (error < 1e-9 ? '.' : `, within ${number(error)}.`),
  surrogate: (typical: string) =>
    `A simpler model stands in for yours: on the rows of this page it is typically ${typical} off. ` +
    'Differences smaller than that have no colour: they may be the stand-in\u2019s, not your model\u2019s.',
  /** Figures of a stand-in, by their names in Python; those on the rows it learned from say little. */
  figures: {
    fidelity_r2: (value: number) => `R\u00b2 of its predictions ${number(value)}`,
    fidelity_agreement: (value: number) => `the same class in ${percent(value)} of the rows`,
  } as Readonly<Record<string, (value: number) => string>>,
  fidelity: (figures: string) => `Measured on rows held out: ${figures}.`,
  live: 'The logged model behind this page answers.',
  texts:
    'The model behind this page reads texts: change one on the tab Text, and it answers there.',
  toTexts: 'Change a text',
  noModel: 'This page holds no model, so there is nothing to ask what-if.',
  withData: 'Make the page again with include_data=True and the model.',
  whatToDo:
    'Make the page again with the model, ExplanationDashboard(explanation, model, X), or open it ' +
    'with mlflow-explain ui --allow-model-load, which asks the logged model.',
  noCells:
    'The columns of the rows are not in this page, so there is no row to start from. Make it ' +
    'again with include_data=True.',
  noRows: 'This page holds no rows, so there is none to start from.',
  constant: (value: string) =>
    `The model reads no column: its prediction is always ${value}, so there is nothing to ask what-if.`,
  // Which row.
  row: 'Row',
  rowNamed: (id: string) => `Row ${id}`,
  rowOf: 'Row to edit',
  picked: 'Picked',
  kept: 'Kept',
  go: 'Go',
  nearest: 'Nearest real row',
  nearestHelp: 'Nearest real row: go to the row of the data that is most like the edited one',
  nearestAlone: 'Nearest real row: there is no other row in this page.',
  nearestFound: (id: string, distance: number) =>
    `Row ${id} is the nearest: it differs by ${percent(distance)} of the range of a column on average.`,
  reset: 'Reset',
  resetOne: (name: string) => `Put ${name} back`,
  keep: 'Keep as\u2026',
  keepName: 'Name',
  keepDefault: (id: string, n: number) => `${id}, version ${count(n)}`,
  keepDone: (name: string) => `Kept as \u201c${name}\u201d.`,
  // Editors.
  editors: 'Change values',
  editorsSummary: (edited: number, all: number) =>
    edited === 0
      ? `Nothing is changed yet; the model reads ${plural(all, 'column')}.`
      : `${plural(edited, 'value')} changed of ${count(all)}.`,
  search: 'Find a column',
  shown: (shown: number, all: number) => `${count(shown)} of ${count(all)}`,
  more: (rest: number) => `Show ${count(rest)} more`,
  was: (text: string) => `was ${text}`,
  slider: (name: string) => `${name}, slider`,
  outside: (low: string, high: string) => `Outside the data (${low} to ${high}).`,
  unseen: 'No row in this page has it.',
  unseenLabel: (label: string) => `${label} (in no row)`,
  neverMissing: 'It is never missing in this page.',
  quantiles: 'Ticks under a slider: 5, 25, 50, 75 and 95 % of the rows are below.',
  manyOdd: 'Beyond the data a model guesses: its answers there say little.',
  // Outcome.
  ownClass: (label: string, size: string) => `${label} (${size})`,
  margin: 'margin',
  probability: 'probability',
  ownPrediction: (text: string) => `Your model\u2019s own prediction for this row is ${text}.`,
  // Attributions.
  attributions: (output: string) => `What adds to ${output}`,
  attributionsNow: (first: string, text: string) => `${first} adds most: ${text}.`,
  attributionsMoved: (first: string, text: string) => `The edit moves ${first} most: ${text}.`,
  attributionsNone: 'Attributions of edited rows are not in this page; see Single rows.',
  rest: (n: number) => plural(n, 'other column'),
  feature: 'Feature',
  thePrediction: 'the prediction',
  raises: 'raises it',
  lowers: 'lowers it',
  unitNote: (unit: string) => `In ${unit}; sorted by how much the edit moves them.`,
  unitOnly: (unit: string) => `In ${unit}.`,
  standInBars:
    'These bars are the stand-in\u2019s, not your model\u2019s; Single rows shows those of the explanation.',
  // Curves.
  curves: (name: string) => `As ${name} goes`,
  curvesSummary: (output: string, name: string, low: string, high: string) =>
    `As ${name} goes through its values and all else stays, ${output} of this row goes from ${low} to ${high}.`,
  swept: 'Sweep',
  minimum: 'Minimum',
  maximum: 'Maximum',
  swapped: (low: string, high: string) =>
    `The minimum is above the maximum: swept from ${low} to ${high}.`,
  oneEnd: (value: string) => `Both ends are ${value}: there is nothing to sweep.`,
  steps: 'Steps',
  beside: 'Beside it',
  cohorts: 'Cohorts (PDP)',
  pickedRows: 'Picked rows',
  beforeEdit: 'Before the edit',
  mean: (name: string, rows: number) => `${name}: mean of ${plural(rows, 'row')}`,
  curvesNote: (rows: number) =>
    `Thick: this row (ICE). Dashed and marked by cohort: the mean over rows (PDP). Thin: ${plural(
      rows,
      'single row',
    )} of the first cohort. Drag the dot, or focus it and use the arrow keys, to edit the value.`,
  curvesRowsNote: 'Drag the dot, or focus it and use the arrow keys, to edit the value.',
  lowest: 'lowest in the data',
  highest: 'highest in the data',
  handle: (name: string) => `${name} of this row`,
  prediction: 'prediction',
  outputOf: (label: string, unit: string) => `${unit} of ${label}`,
  // Two features.
  pair: 'Two features at once',
  pairSummary: (a: string, b: string, output: string, low: string, high: string) =>
    `Mean ${output} for values of ${a} and ${b}: from ${low} to ${high}.`,
  pairNote: (rows: number) => `Mean over ${plural(rows, 'row')} of the first cohort (2-D PDP).`,
  first: 'Across',
  second: 'Up',
  cell: (a: string, x: string, b: string, y: string, value: string) =>
    `${a} ${x}, ${b} ${y}\n${value}`,
  // Flips.
  flips: 'Smallest single changes that flip it',
  flipsOfValue: 'Smallest single changes that move it past a value',
  target: 'Value to cross',
  targetUsual: (value: string) =>
    `The value to cross, ${value}, is the median of the predictions of the rows in this page, ` +
    'rounded; type another one.',
  targetUsualOf: (value: string, target: string) =>
    `The value to cross, ${value}, is the median of the predictions of ${target}, rounded; type ` +
    'another one.',
  flipsList: 'Changes, the smallest first',
  flip: 'flip the prediction',
  above: (value: string) => `move the prediction above ${value}`,
  below: (value: string) => `move the prediction to ${value} or below`,
  flipsFound: (what: string, n: number, name: string, text: string, gives: string) =>
    `${plural(n, 'column')} can ${what} alone; the smallest change is ${name} to ${text}, ` +
    `which gives ${gives}.`,
  flipsNone: (what: string) =>
    `No single change within the data, or a little beyond, would ${what}.`,
  flipsStandIn: (typical: string) =>
    'These are changes of the stand-in\u2019s prediction. Those that go past by less than its ' +
    `typical error, ${typical}, are left out: your model may not follow.`,
  flipsStandInBare:
    'These are changes of the stand-in\u2019s prediction: your model may not follow all of them.',
  flipsSearching: 'Searching\u2026',
  flipsNote:
    'Sizes are in standard deviations of the column; another label counts as 1. Observed values ' +
    'are tried and narrowed down, so a smaller change in between may exist. ',
  to: 'To',
  from: 'From',
  size: 'Size',
  beyond: 'outside the data',
  gives: 'Gives',
  apply: 'Apply',
  applyTo: (name: string, text: string) => `Apply: set ${name} to ${text}`,
  // Recorded curves.
  recorded:
    'No model can run in this page. These curves were computed with yours when the page was made: ' +
    'they show single features of some rows, and nothing else can be asked.',
  recordedSummary: (output: string, rows: number, name: string) =>
    `The ${output} for ${plural(rows, 'row')} as ${name} goes through its values.`,
  recordedOther: (name: string, asked: string) =>
    `These are curves of ${name}: none were recorded of ${asked}, which is chosen in the header.`,
  recordedRow: 'Row shown thick',
  meanRecorded: (rows: number) => `Mean of ${plural(rows, 'row')}`,
} as const;
