/** What the panel of cohorts says. */

import type { Condition } from '../payload/types.ts';
import { count, number, percent, plural } from '../text/numbers.ts';

export const strings = {
  title: 'Cohorts',
  compared: 'Compared',
  rows: (rows: number, share: number) => `${plural(rows, 'row')} (${percent(share)})`,
  sample: (rows: number, all: number) => `${count(rows)} rows, a sample of ${count(all)}`,
  sampleNote:
    'Rows are counted, and figures of cohorts computed, in the sample that this page holds.',
  few: (least: number) => `Fewer than ${least} rows: figures of this cohort say little.`,
  fewShort: 'few rows',
  empty: 'no row',
  hide: (name: string) => `Take ${name} out of the comparison`,
  hidden: (cohorts: number) => `+${count(cohorts)} not compared`,
  create: 'New cohort',
  edit: 'Edit cohorts\u2026',
  editMany: (cohorts: number) => `Edit cohorts (${count(cohorts)})\u2026`,

  tabs: { list: 'List', suggest: 'Where it is worst', json: 'Copy / paste' },
  tabsLabel: 'Part of the panel',
  intro: (most: number) =>
    `A cohort is a named group of rows. Up to ${most} groups stand side by side on every tab.`,
  none: 'There is no cohort yet. Make one of conditions, by marking points in a chart, or from a cell of the confusion matrix.',
  full: (most: number) => `${most} groups are compared: take one out to show another.`,
  compare: (name: string) => `Compare ${name}`,
  change: 'Edit',
  changeOne: (name: string) => `Edit ${name}`,
  clone: 'Clone',
  cloneOne: (name: string) => `Clone ${name}`,
  remove: 'Delete',
  removeOne: (name: string) => `Delete ${name}`,
  removed: (name: string) => `Deleted ${name}.`,
  undo: 'Undo',
  unusable: (reason: string) => `Cannot be applied here. ${reason}`,

  editorNew: 'New cohort',
  editorOld: (name: string) => `Edit ${name}`,
  name: 'Name',
  namePlaceholder: 'Named after its conditions unless told',
  join: 'Rows that meet',
  joins: { all: 'all of these (AND)', any: 'any of these (OR)' },
  group: 'Group',
  fixed: 'Kept as it is',
  addCondition: 'Add condition',
  addGroup: 'Add group',
  removeCondition: 'Remove condition',
  removeGroup: 'Remove group',
  save: 'Save',
  cancel: 'Cancel',
  matches: (rows: number, share: number) =>
    rows === 1
      ? `1 row meets this (${percent(share)}).`
      : `${count(rows)} rows meet this (${percent(share)}).`,
  reads: (text: string) => `Reads: ${text}`,
  noCondition: 'Add a condition.',
  noId: 'Type the ids of the rows.',
  noLabel: (name: string) => `Choose at least one value of ${name}.`,
  noNumber: (name: string) => `Give ${name} a number.`,

  about: 'About',
  which: 'Which one',
  cls: 'Class',
  target: 'Target',
  relation: 'Relation',
  from: 'From',
  to: 'To',
  value: 'Value',
  values: (name: string) => `Values of ${name}`,
  search: 'Search values',
  found: (shown: number, all: number) => `${count(shown)} of ${count(all)}`,
  moreValues: (left: number) => `${plural(left, 'more value')}: search for them.`,
  ids: 'Ids, separated by commas or lines',
  range: (low: string, high: string) => `${low} to ${high} in these rows`,
  missingRows: (rows: number) => `${plural(rows, 'row')} missing`,
  unknownMember: 'This page has no such column.',

  subjects: {
    feature: 'Feature',
    column: 'Other column',
    predicted: 'Prediction',
    probability: 'Probability of',
    actual: 'Observed outcome',
    correct: 'Correct or wrong',
    error: 'Kind of error',
    residual: 'Residual',
    'absolute residual': '|Residual|',
    attribution: 'Importance of',
    id: 'Row id',
  },
  relations: {
    in: 'is one of',
    'not in': 'is none of',
    between: 'between',
    '<': 'below',
    '<=': 'at most',
    '>': 'above',
    '>=': 'at least',
    missing: 'is missing',
    present: 'is not missing',
  } satisfies Record<Condition['is'], string>,

  json: 'Cohorts as JSON',
  jsonHelp: 'Copy this text to keep the cohorts, or paste such a text and press Add.',
  copy: 'Copy as JSON',
  copied: 'Copied.',
  copyYourself: 'Marked: press Ctrl or \u2318 and C.',
  paste: 'Paste cohorts',
  add: 'Add',
  pasted: (cohorts: number) => `${plural(cohorts, 'cohort')} added.`,

  worstNoTruth:
    'Where the model is worst cannot be told: the observed outcomes or the predictions are not in the page.',
  worstIntro: (loss: string, share: number, least: number) =>
    `Groups of at least ${plural(least, 'row')} with a clearly larger ${loss} than all other rows, of ` +
    `${count(share)} ranges of features, alone and in pairs. Chance alone suggests any on fewer than ` +
    'one page in twenty (z-test; Benjamini-Hochberg for single ranges, Bonferroni for pairs). Groups of more than half of the rows are left out.',
  worstFew: (least: number) =>
    `There are too few rows for a search: it compares groups of at least ${least} rows.`,
  worstNone: (candidates: number, loss: string) =>
    `None found: in none of ${count(candidates)} groups is the ${loss} clearly larger than in the rest.`,
  possible: 'Possibly worse',
  possibleNote: (alone: number) =>
    `Not clear: of ${plural(alone, 'single range')} about one in a hundred is as far off by chance alone.`,
  worstSample: (rows: number) => `The search looked at a sample of ${count(rows)} rows.`,
  worstRow: (loss: string, inside: string, rest: string) => `${loss} ${inside}, elsewhere ${rest}`,
  loss: { 'error rate': percent, 'mean |residual|': number },
  added: 'Added',
} as const;
