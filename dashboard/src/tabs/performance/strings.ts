/** What the performance tab says. */

import { strings as metricWords } from '../../metrics/strings.ts';
import { count, listed, number, percent, plural, points, short } from '../../text/numbers.ts';

/** Two digits behind the point: thresholds. */
const two = (value: number): string => value.toFixed(2);

export const strings = {
  noRows: 'This page holds no rows: figures of rows cannot be shown.',
  noPredictions:
    'There are no predictions in this page, so nothing can be said about how good they are. They ' +
    'are there when the model is known: give it as model=, or explain with an explainer that has one.',
  withoutData:
    'This page was made without the data of its rows, so nothing can be said about how good predictions are. ' +
    'Make it with include_data=True to have predictions and observed outcomes.',
  target: (target: string) =>
    `All of this tab is about predictions of \u201c${target}\u201d: the page holds those of no other target.`,
  otherClass: (looked: string, positive: string) =>
    `You look at \u201c${looked}\u201d; precision, recall, curves and threshold on this tab are those of \u201c${positive}\u201d, ` +
    'the second of two classes.',
  noActual:
    'The observed outcomes are not in this page, so only the distribution of predictions is shown. ' +
    'Give them as true_y= to see figures, confusion, curves and residuals.',
  unknown: (rows: number) =>
    `${plural(rows, 'row')} without a known outcome ${rows === 1 ? 'is' : 'are'} left out of these figures.`,
  noProbabilities:
    'There are no probabilities in this page: ROC, precision-recall and calibration need them.',

  metrics: 'Figures',
  metricsTable: 'Figures by group',
  groupRows: (rows: number) => plural(rows, 'row'),
  metric: 'Figure',
  allRows: (rows: number) => `All ${count(rows)} rows`,
  allRowsNote: 'computed in Python on all rows',
  sampleNote: (rows: number) => `sample of ${count(rows)} in this page`,
  sampled: (shown: number, all: number) =>
    `This page holds a sample of ${count(shown)} rows; the column of all ${count(all)} rows was computed in Python.`,
  ownThreshold: 'the column of all rows is at the model\u2019s own predictions',
  one: (name: string, rows: number) => `${name}: ${plural(rows, 'row')} with a known outcome.`,
  clear: (texts: readonly string[]) => `Clearly worse than all data \u2013 ${texts.join('; ')}.`,
  clearOf: (metrics: readonly string[], name: string) => `${name}: ${listed(metrics)}`,
  notClear: 'No figure of a cohort is clearly worse than that of all data.',
  positive: (label: string) =>
    `Precision, recall, rates and F1 are those of the class \u201c${label}\u201d.`,
  macro:
    'Precision, recall, rates and F1 are means over the classes; ROC AUC and average precision are ' +
    'means over each class against the rest.',
  intervals:
    'Ranges are 95 % intervals: Wilson for shares, DeLong for ROC AUC of two classes, standard errors for means, the ' +
    'delta method for figures of the confusion matrix, a bootstrap (200 resamples of at most 2,000 ' +
    'rows) for average precision and means of areas. Differences to all data account for the rows ' +
    'both share; they are exact for means, and close for the others.',
  intervalsTitle: 'How the ranges are made',
  range: (low: string, high: string) => `${low} to ${high}`,
  better: 'better',
  worse: 'worse',
  same: 'no clear difference',
  undefinedShort: 'not defined',
  valueOf: { share: percent, number },
  gapOf: { share: points, number: (gap: number) => (gap > 0 ? `+${short(gap)}` : short(gap)) },
  about: (gap: string) => `\u2248 ${gap}`,
  aboutNote: '\u2248: no clear difference to all data, its 95 % interval holds zero.',

  threshold: 'Threshold',
  thresholdHelp: (label: string) =>
    `From this probability on a row counts as predicted \u201c${label}\u201d`,
  thresholdOwn: 'The model\u2019s own predictions.',
  thresholdMoved: (label: string, value: number) =>
    `A row counts as \u201c${label}\u201d from a probability of ${two(value)} on. Other tabs keep the model\u2019s own predictions.`,
  reset: 'Reset',
  thresholdText: two,

  confusion: 'Confusion matrix',
  confusionSummary: (name: string, right: number, total: number) =>
    `${name}: ${count(right)} of ${plural(total, 'row')} are predicted as observed (the marked diagonal).`,
  confusionNote: 'Click a cell, or press Enter on it, to make a cohort of its rows.',
  observed: 'Observed',
  predicted: 'Predicted',
  rows: 'Rows',
  share: 'Share',
  normalise: 'Shares',
  normalised: { actual: 'of observed', predicted: 'of predicted', all: 'of all' },
  cell: (rows: number, actual: string, predicted: string) =>
    `${plural(rows, 'row')}\nobserved ${actual}, predicted ${predicted}`,
  cellShare: (share: string, of: string) => `${share} ${of}`,
  mistakes: 'Most frequent mistakes',
  mistake: (rows: number, actual: string, predicted: string, share: number) =>
    `${plural(rows, 'row')} observed as \u201c${actual}\u201d ${rows === 1 ? 'is' : 'are'} predicted \u201c${predicted}\u201d: ` +
    `${percent(share)} of all observed as \u201c${actual}\u201d.`,
  noMistakes: 'Every row is predicted as observed.',
  cellName: (actual: string, predicted: string) => `Observed ${actual}, predicted ${predicted}`,
  inGroup: (name: string, group: string) => `${name} (${group})`,
  manyClasses: (shown: number, all: number) =>
    `The ${count(shown)} classes with most mistakes of ${count(all)}.`,
  added: (name: string) => `Cohort \u201c${name}\u201d was added.`,
  addedHidden: (name: string) =>
    `Cohort \u201c${name}\u201d was added. Three groups are compared already: choose which under \u201cEdit cohorts\u201d.`,
  there: (name: string) => `There is such a cohort already: \u201c${name}\u201d.`,

  sweep: 'Figures by threshold',
  sweepSummary: (name: string, metric: string, best: number, value: string) =>
    `${name}: ${metric} is best at ${two(best)} (${value}). Drag the line to move the threshold.`,
  sweepMetric: 'Figure',

  cls: 'Class',
  roc: 'ROC',
  rocSummary: (label: string, areas: readonly string[]) =>
    `How well the probability of \u201c${label}\u201d ranks rows: area ${listed(areas)}; 0.5 is chance.`,
  falsePositiveRate: 'False positive rate',
  truePositiveRate: 'True positive rate',
  pr: 'Precision and recall',
  prSummary: (label: string, areas: readonly string[], share: string) =>
    `Average precision for \u201c${label}\u201d ${listed(areas)}; a guess has ${share}.`,
  recall: 'Recall',
  precision: 'Precision',
  calibration: 'Calibration',
  calibrationSummary: (errors: readonly string[]) =>
    `On the diagonal probabilities are what they say. Mean distance to it: ${listed(errors)}.`,
  calibrationNote: (bins: number) =>
    `${bins} bins; the band is Wilson\u2019s 95 % interval of the share observed.`,
  calibrationBins: (bins: number) => `${bins} bins at most.`,
  said: 'Mean probability',
  seen: 'Share observed',
  bins: 'Bins',
  strategies: { quantile: 'same rows', uniform: 'same width' },
  count: 'Rows',
  named: (name: string, value: string) => `${value} (${name})`,
  noCurve: (label: string) =>
    `No curve can be drawn: the rows were all, or none, observed as \u201c${label}\u201d.`,
  atThreshold: 'threshold',
  group: 'Group',
  pointsOf: 'Rows of',

  distribution: 'Distribution of predictions',
  distributionOf: (name: string) => `Distribution: ${name}`,
  x: 'Show',
  y: 'Split by',
  only: 'Only rows',
  shape: 'As',
  shapes: { box: 'Boxes', violin: 'Violins', histogram: 'Histogram' },
  byCohort: 'Cohort only',
  every: 'all',
  distributionSummary: (name: string, texts: readonly string[]) =>
    `Median of ${name}: ${listed(texts)}.`,
  distributionLabels: (name: string, texts: readonly string[]) =>
    `Most frequent ${name}: ${listed(texts)}.`,
  distributionNone: 'No row is left by this choice.',
  median: (name: string, value: string) => `${value} (${name})`,
  left: (slots: number) => `${plural(slots, 'less frequent value')} not shown.`,
  quarter: (low: string, high: string) => `${low} to ${high}`,
  missing: 'missing',
  mean: 'Mean',
  q1: 'Lower quartile',
  medianTitle: 'Median',
  q3: 'Upper quartile',
  shareOfRows: 'Share of rows',

  observedValue: 'Observed value',
  predictedValue: 'Predicted value',
  fit: 'Predicted and observed',
  fitSummary: (name: string, r2: string, mae: string) =>
    `${name}: on the line predictions are as observed. R\u00b2 ${r2}, mean size of the residual ${mae}.`,
  residual: 'Residual (observed \u2212 predicted)',
  residuals: 'Residuals by prediction',
  residualsSummary: (name: string, mean: string) =>
    `${name}: above zero the model predicts too little. Mean residual ${mean}; the line is the mean by prediction.`,
  residualHistogram: 'Distribution of residuals',
  residualHistogramSummary: (texts: readonly string[]) => `Mean residual ${listed(texts)}.`,
  qq: 'Residuals against a normal distribution',
  qqSummary:
    'On the diagonal residuals are normally distributed; bent ends are tails heavier or lighter.',
  qqX: 'Normal quantile',
  qqY: 'Standardised residual',
  brushed: (x: string, y: string) => `${x}, ${y}`,
  pointKeys: 'A click or Enter opens the row; dragging a rectangle makes a cohort.',
  describe: (id: string, actual: string, predicted: string, residual: string) =>
    `Row ${id}\nobserved ${actual}\npredicted ${predicted}\nresidual ${residual}`,

  classes: 'Figures by class',
  classesSummary: (name: string, worst: string, recall: string, range: string) =>
    `${name}: the class found least often is \u201c${worst}\u201d (recall ${recall}, 95 % interval ${range}).`,
  classesNote: 'Pick a class to make a cohort of the rows observed as it.',
  pickClass: (label: string) => `Make a cohort of rows observed as ${label}`,
  classRows: (label: string) => `Observed ${label}`,
  columns: {
    support: 'Observed',
    predicted: 'Predicted',
    precision: 'Precision',
    recall: 'Recall',
    f1: 'F1',
    auc: 'ROC AUC',
  },
  titles: metricWords.titles,
} as const;
