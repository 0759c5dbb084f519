/** What "About" says, and the words of the page explained. */

import { count, number, percent, plural } from '../../text/numbers.ts';

export const strings = {
  made: 'How this was made',
  limits: 'Limits of this page',
  columns: 'Columns',
  columnsSummary: (features: number, others: number, kind: string) =>
    `${plural(features, 'feature')} (${kind})` +
    `${others > 0 ? ` and ${plural(others, 'column')} the model never sees` : ''}.`,
  kinds: { raw: 'your columns', engineered: 'after preprocessing' },
  findColumn: 'Find a column',
  found: (shown: number, all: number) => `${count(shown)} of ${count(all)}`,
  schema: {
    name: 'Column',
    role: 'Used as',
    type: 'Type',
    values: 'Values',
    distinct: 'Distinct',
    missing: 'Missing',
    importance: 'Importance',
  },
  roles: { feature: 'feature', other: 'beside the model', id: 'row id' },
  types: { number: 'number', time: 'time', boolean: 'yes / no', category: 'category' },
  whole: 'whole number',
  absentValue: 'not in the page',
  word: 'word',
  range: (low: string, high: string) => `${low} to ${high}`,
  labels: (shown: readonly string[], more: number) =>
    shown.join(', ') + (more > 0 ? ` and ${count(more)} more` : ''),
  share: (value: number) => percent(value),
  schemaNote: (rows: number, total: number) =>
    rows === total
      ? `Distinct and missing values are of ${plural(rows, 'row')}.`
      : `Ranges are of all ${plural(total, 'row')}; distinct and missing values of the ` +
        `${count(rows)} in the page.`,
  noRows: 'The page holds no rows: columns are listed by name.',
  parameters: 'Parameters',
  parameter: 'Parameter',
  value: 'Value',
  noParameters: 'No parameters were recorded with this explanation.',
  versions: 'Versions',
  noVersions: 'No versions were recorded with this explanation.',
  facts: {
    page: 'Page made by',
    at: 'Page made at',
    uri: 'Logged model',
    run: 'Run',
    explanation: 'Explanation',
  },
  limit: {
    sample: (shown: number, total: number) =>
      `The page holds ${count(shown)} of ${plural(total, 'row')}. Figures of cohorts, charts of rows and ` +
      'metrics beside them are of those; global importances and figures of all rows were computed ' +
      'in Python.',
    all: (rows: number) => `The page holds all ${plural(rows, 'row')} that were explained.`,
    none: 'The page holds no rows.',
    quantised:
      'Importances of single rows are kept in 16 bits: they are exact to about one part in 65,000 of ' +
      'the largest one of their column.',
    fewKept: (kept: number, all: number) =>
      `${count(kept)} of ${plural(all, 'feature')} have importances of single rows; those of the others ` +
      'are one sum.',
    leftOut: (n: number) =>
      `${plural(n, 'feature')} had been left out of the explanation before the page was made.`,
    absent: (n: number) =>
      `Cells of ${plural(n, 'column')} are not in the page; the table says why.`,
    surrogate: (rows: number, error: number) =>
      `On ${plural(rows, 'row')} the predictions of the surrogate in the page differ from the ` +
      `model\u2019s by at most ${number(error)}; effects smaller than that mean nothing.`,
    offline:
      'The page asks for nothing from any network and keeps nothing: closing it forgets what you did.',
  },
  glossary: 'Words used here',
  findWord: 'Find a word',
  reading: 'How to read this page',
  export: 'Take it with you',
  exportHelp:
    'Pages in a sandbox may not save files. Select the text, copy it, and paste it where you need it.',
  what: 'What',
  format: 'As',
  whats: {
    global: 'Global importances',
    cohorts: 'Cohorts',
    rows: 'Selected rows with importances',
    made: 'Rows made under What-if',
  },
  formats: { json: 'JSON', csv: 'CSV', markdown: 'Markdown' },
  selectAll: 'Select all',
  copy: 'Copy',
  copied: 'Copied.',
  notCopied: 'This page may not copy by itself. The text is selected: press Ctrl+C, or \u2318C.',
  text: 'Text to copy',
  size: (lines: number) => plural(lines, 'line'),
  empty: {
    global: 'This explanation holds no global importances.',
    cohorts: 'There is no cohort yet. Make one under Cohorts, above all tabs.',
    rows: 'No row is selected. Pick one in a chart, or in the table under Data.',
    made: 'No row was made yet. Keep one under What-if.',
  },
} as const;

/** A word and what it means here. */
interface Word {
  readonly word: string;
  readonly means: string;
}

/** The glossary, in alphabetical order. */
export const GLOSSARY: readonly Word[] = [
  {
    word: 'additivity',
    means:
      'Base value plus the importances of a row give the output that was explained. Where they do ' +
      'not, by how much they miss it is told.',
  },
  {
    word: 'attribution',
    means:
      'What one feature\u2019s value added to the output of one row, or took from it; also called ' +
      'importance of that row, or SHAP value.',
  },
  {
    word: 'background',
    means:
      'Rows that stand for "nothing known": a feature that is left out takes its values from them. ' +
      'Also called baseline.',
  },
  {
    word: 'base value',
    means:
      'The output where no feature is known: where every row starts. Also called expected value.',
  },
  { word: 'cohort', means: 'A group of rows that meet a condition, such as age above 60.' },
  {
    word: 'dependence plot',
    means: 'A feature\u2019s values against their importances, one point per row.',
  },
  {
    word: 'engineered feature',
    means: 'What preprocessing makes of your columns, such as one column per category.',
  },
  {
    word: 'fidelity',
    means:
      'How closely a surrogate follows the model: R\u00b2, the share of the variance of the model\u2019s output it ' +
      'explains, or the share of rows in which both name the same class.',
  },
  {
    word: 'flip',
    means: 'The smallest change of one feature that changes the predicted class.',
  },
  {
    word: 'global importance',
    means: 'The mean size of a feature\u2019s attributions over all rows, whatever their sign.',
  },
  {
    word: 'ICE',
    means:
      'Individual conditional expectation: the predictions of one row while one feature is moved and ' +
      'all others stay.',
  },
  {
    word: 'interventional',
    means:
      'A way to leave features out: they are replaced by values of background rows, whatever the ' +
      'other features are.',
  },
  {
    word: 'log-odds',
    means:
      'Logarithm of probability over one minus probability. 0 is 50 %, +1 about 73 %, \u22121 about 27 %.',
  },
  {
    word: 'margin',
    means: 'The model\u2019s score before it becomes a probability or a class.',
  },
  {
    word: 'path-dependent',
    means:
      'A way to leave features out of trees: both branches are followed, weighted by the training ' +
      'rows that took them.',
  },
  {
    word: 'PDP',
    means: 'Partial dependence: the mean of the ICE curves of many rows.',
  },
  {
    word: 'permutation importance',
    means: 'By how much the model\u2019s score falls where one column is shuffled.',
  },
  {
    word: 'rank correlation',
    means:
      'How far two quantities rise together, from \u22121 to +1, whatever the form of the curve ' +
      '(Spearman\u2019s).',
  },
  {
    word: 'residual',
    means: 'Observed value minus prediction.',
  },
  {
    word: 'SHAP value',
    means:
      'An attribution computed as a Shapley value of game theory: the fair share of each feature.',
  },
  {
    word: 'surrogate',
    means: 'A simpler model fitted to the answers of another, and looked at in its place.',
  },
  {
    word: 'threshold',
    means: 'The probability from which a row counts as the second of two classes.',
  },
  {
    word: 'what-if',
    means: 'The prediction of a row whose values were changed by hand.',
  },
];
