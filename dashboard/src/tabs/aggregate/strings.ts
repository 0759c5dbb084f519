/** Words of the tab of aggregate importance. */

import { count, listed, number, percent, plural } from '../../text/numbers.ts';
import { strings as shared } from '../shared/strings.ts';

export const strings = {
  title: 'Which features matter',
  kind: 'Drawn as',
  kinds: { bar: 'Bars', box: 'Boxes', violin: 'Violins', beeswarm: 'Dots' },
  top: 'Features shown',
  search: 'Find a feature',
  searchHint: 'part of its name',
  found: (found: number, all: number) => `${count(found)} of ${count(all)}`,
  sortBy: 'Sorted by',
  sortGroup: (name: string) => `Importance: ${name}`,
  sortDifference: 'Difference between groups',
  sortName: 'Name',
  direction: 'Direction',
  absolute: 'Size only',
  signed: 'With sign',
  noneFound: 'No feature has this in its name.',
  noRows: 'These groups have no rows in this page.',
  others: (others: number) =>
    others === 1 ? plural(1, 'other') : `${plural(others, 'other')} together`,
  importance: (unit: string) => `importance (${unit})`,
  size: (unit: string) => `|importance| (${unit})`,
  mean: (unit: string) => `mean importance (${unit})`,
  bars: 'Importance by feature',
  raises: 'raises on average',
  lowers: 'lowers on average',
  first: (name: string, value: string, next: readonly string[]) =>
    next.length === 0
      ? `${name} matters most (${value} on average).`
      : `${name} matters most (${value} on average), then ${listed(next)}.`,
  carries: (shown: number, share: number) =>
    `The ${count(shown)} shown carry ${percent(share)} of all importance.`,
  nothing: 'No feature has an importance here.',
  boxes: 'Boxes hold the middle half of the rows, the line is the median, the ring the mean.',
  violins: 'Width shows how many rows lie at a value; the bar is the middle half.',
  dots: 'Each dot is a row. To the right it raises the prediction, to the left it lowers it; colour shows the feature\u2019s own value.',
  dotsOfWords:
    'Each dot is a row. To the right it raises the prediction, to the left it lowers it.',
  dotsSize: 'Each dot is a row: the further right, the more the feature mattered to it.',
  wholeRows: (rows: number) => `all ${plural(rows, 'row')} explained`,
  pageRows: (rows: number, sampled: boolean) =>
    sampled ? `${plural(rows, 'row')} of the sample in this page` : plural(rows, 'row'),
  over: (name: string, rows: string) => `${name}: ${rows}.`,
  thinned: (shown: number) =>
    `To stay quick, at most ${count(shown)} rows per group are drawn, evenly taken.`,
  pickHint: 'Pick a feature to see how its importance depends on its value.',
  featureValue: 'Feature value',
  low: 'low',
  high: 'high',
  greyLabels:
    'Labels have no low or high: their dots are grey; of two labels the first one is low.',
  greyWords: 'A word is no column and has no values: dots of words are grey.',
  selectedRows: 'selected row',
  row: (id: string) => `row ${id}`,
  valueOf: (name: string, text: string) => `${name} = ${text}`,
  attribution: (text: string, unit: string) => `importance ${text} (${unit})`,
  tableFeature: 'Feature',
  deviation: 'Standard deviation',
  tableRank: 'Rank',
  tableValue: (group: string) => `${group}: mean`,
  tableMedian: (group: string) => `${group}: median`,
  noLocal:
    'This explanation holds importance over all rows only, not of single rows: there are no cohorts, no boxes or dots and no dependence plot here.',
  notKept: (features: number) =>
    `For ${plural(features, 'feature')} the page keeps no values of single rows.`,
  noSign: 'Signs need one class: choose it above.',
  dependence: (name: string) => `How the importance of ${name} depends on its value`,
  dependenceSummary: (name: string, low: string, high: string, size: string) =>
    `On average the importance of ${name} goes from ${low} to ${high} (${size}).`,
  dependenceNone: (name: string) => `No row in this page has a value of ${name}.`,
  dependenceAbsent: (name: string, why: string) =>
    `The values of ${name} are not in this page: ${why}`,
  dependenceUnkept: (name: string) => `This page keeps no importance of ${name} for single rows.`,
  colour: 'Coloured by',
  colourAuto: (name: string | null) => (name === null ? 'automatic (none)' : `automatic (${name})`),
  colourNone: 'Nothing',
  autoHelp: 'Automatic: the feature that tells most of the spread at like values.',
  group: 'Rows',
  jittered: shared.jittered,
  meanLine: 'mean',
  close: 'Close',
  missing: 'missing',
  cohortFrom: (name: string, low: string, high: string) => `${name} ${low} to ${high}`,
  cohortAt: (name: string, text: string) => `${name} ${text}`,
  points: 'Dependence plot',
  withModel: 'What the model predicts (PDP)',
  pdp: (name: string) => `Mean prediction when ${name} is set to a value`,
  pdpSummary: (rows: number, low: string, high: string) =>
    `Over ${plural(rows, 'row')}, the mean prediction goes from ${low} to ${high}.`,
  pdpLine: 'mean prediction',
  pdpRow: 'one row',
  pdpBusy: 'Computing\u2026',
  pdpEngineered: 'The model in this page takes your columns: choose them in the header for a PDP.',
  prediction: 'prediction',
  probabilityOf: (name: string) => `probability of ${name}`,
  besides: 'Other explanations beside this one',
  besidesSummary: (first: string, others: number) =>
    `Shares of all importance compare across units and methods; ${first} leads in the first, and ${plural(others, 'other explanation')} ${others === 1 ? 'stands' : 'stand'} beside it.`,
  besidesAxis: 'share of all importance',
  besidesOnly: (shown: number) => `Bars show the first ${count(shown)}; the table has all of them.`,
  besideMeasure: (name: string, measure: string) => `${name}: ${measure}.`,
  thisOne: 'This explanation',
  shareOf: (name: string) => `${name}: share`,
  rankOf: (name: string) => `${name}: rank`,
  rankText: (rank: number | undefined) => (rank === undefined ? '\u2013' : `rank ${number(rank)}`),
} as const;
