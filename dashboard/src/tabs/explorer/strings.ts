/** What the data explorer says. */

import type { Association } from '../../stats/ranks.ts';
import { count, listed, number, percent, plural, signed } from '../../text/numbers.ts';
import type { ChartKind } from './kinds.ts';

const quoted = (name: string): string => `\u201c${name}\u201d`;

export const strings = {
  noRows:
    'This page holds no rows, so there is nothing to draw here. In Python: explain rows ' +
    '(explain_local(X), or explain_global(X) with local values) and save the page with ' +
    'include_data=True.',
  noCells:
    'This page was made without cells, predictions or attributions of its rows. In Python: save ' +
    'the page with include_data=True to see them.',
  controls: 'What is drawn',
  charts: 'Charts',
  x: 'Across (x)',
  y: 'Up (y)',
  colour: 'Colour',
  chart: 'Chart',
  rows: 'Rows',
  group: 'Group',
  sideBySide: 'All groups, side by side',
  nothing: 'Nothing: count rows',
  noColour: 'Nothing',
  swap: 'Swap x and y',
  find: 'Find a feature',
  found: (shown: number, all: number) => `${count(shown)} of ${count(all)}`,
  groups: {
    outcome: 'Outcome',
    features: 'Features, most important first',
    others: 'Columns the model never sees',
    importance: 'Importance of a feature',
  },
  importanceOf: (feature: string) => `Importance of ${feature}`,
  importanceIn: (feature: string, label: string) => `Importance of ${feature} for ${label}`,
  importanceMean: (feature: string) => `Mean |importance| of ${feature}, all classes`,
  id: 'Row id',
  order: 'Row, in order',
  kinds: {
    points: 'Points',
    boxes: 'Boxes',
    histogram: 'Histogram',
    bars: 'Bars',
    bins: '2-D bins',
  } satisfies Record<ChartKind, string>,
  auto: (kind: string) => `Automatic: ${kind}`,
  countRows: 'Rows',
  share: 'Share of rows',
  missing: 'missing',
  otherValues: (n: number) => `${count(n)} other values`,
  title: (kind: ChartKind, x: string, y: string | null) => {
    if (y === null) return kind === 'bars' ? `Rows by ${x}` : `Distribution of ${x}`;
    if (kind === 'bins') return `Rows by ${x} and ${y}`;
    return `${y} by ${x}`;
  },
  inGroup: (title: string, group: string) => `${title}: ${group}`,
  noColourHere: (name: string) =>
    `${quoted(name)} has too many values to split this chart by; choose points or 2-D bins to see it.`,
  cellMean: (name: string, low: string, high: string) =>
    `Colour: mean of ${name}, from ${low} (pale) to ${high} (strong).`,
  cellSides: (name: string, low: string, high: string) =>
    `Colour: mean of ${name}, from ${low} to ${high}; blue below 0, red above.`,
  cellCount: (low: string, high: string) =>
    low === high
      ? `Each coloured cell holds as many rows: ${high}.`
      : `Colour: number of rows, from ${low} (pale) to ${high} (strong).`,
  from: (name: string) => `${name}, from`,
  missingInBoxes: (n: number, name: string) =>
    `${plural(n, 'row')} without ${quoted(name)} ${n === 1 ? 'is' : 'are'} not drawn.`,
  howPoints:
    'Click a point, or press Enter on it, to see why it was predicted so. Drag a rectangle to take ' +
    'rows into a cohort; with keys, B sets one corner, arrows move, B again sets the other.',
  howBars: 'Click a bar, a box or a cell, or press Enter on it, to take its rows into a cohort.',
  picked: 'Picked rows',
  pickedText: (n: number, share: number, text: string) =>
    `${plural(n, 'row')} (${percent(share)} of the page): ${text}`,
  pickedNone: 'No rows there.',
  pickedFew: 'Fewer than 30 rows: figures of such a cohort say little.',
  byIds: (x: string, y: string | null) =>
    y === null ? `picked by hand in ${x}` : `picked by hand in ${y} by ${x}`,
  name: 'Name',
  makeCohort: 'Make a cohort',
  made: (name: string) => `Cohort ${quoted(name)} was made.`,
  forget: 'Clear',
  table: 'Rows',
  tableOf: (n: number, text: string) => `${plural(n, 'row')}: ${text}`,
  ofPicked: 'the picked ones',
  searchId: 'Find by id',
  searchPlaceholder: 'part of an id',
  addColumn: 'Add a column',
  chooseColumn: 'Choose\u2026',
  dropColumn: (name: string) => `Take ${name} out of the table`,
  columns: 'Columns',
  tickLabel: (id: string) => `Tick row ${id}`,
  openLabel: (id: string) => `Open row ${id} under Single rows`,
  ticked: (n: number) =>
    n === 0 ? 'Tick rows to take them further.' : `${plural(n, 'row')} ticked`,
  openTicked: (n: number) =>
    n === 1 ? 'Open it under Single rows' : `Open ${count(n)} under Single rows`,
  cohortOfTicked: 'Cohort of the ticked rows',
  cohortOfListed: (n: number) => `Cohort of all ${count(n)} listed`,
  untick: 'Untick all',
  tickedName: 'Ticked rows',
  listedName: (text: string) => `Id contains ${text}`,
  range: (low: string, high: string) => `${low} to ${high}`,
  partName: (colour: string, value: string) => `${colour}: ${value}`,
  selected: 'selected row',
  rowOf: (id: string) => `Row ${id}`,
  rowsShare: (n: number, share: number) => `${plural(n, 'row')}, ${percent(share)}`,
  countOf: (n: number) => plural(n, 'row'),
  partColumn: (part: string, text: string) => `${part}: ${text}`,
  boxes: {
    low: 'Lower whisker',
    q1: 'First quarter',
    median: 'Median',
    q3: 'Third quarter',
    high: 'Upper whisker',
    mean: 'Mean',
  },
  cell: (x: string, across: string, y: string, up: string, n: number) =>
    `${plural(n, 'row')}\n${x}: ${across}\n${y}: ${up}`,
  cellColour: (name: string, value: string) => `${name}: ${value} on average`,
  sampled: (shown: number, all: number) =>
    `Rows in this page: a sample of ${count(shown)} from ${count(all)}.`,
  drawn: (shown: number, all: number) =>
    `Drawn: ${count(shown)} of ${count(all)} rows, evenly taken.`,
} as const;

/** Fewer pairs tell nothing of a relation. */
const LEAST_PAIRS = 30;
/** Absolute rank correlations from which a relation is called clear, and weak. */
const CLEAR = 0.6;
const SOME = 0.3;

function strength(rho: number): string {
  const way = rho > 0 ? 'rise together' : 'move against each other';
  if (Math.abs(rho) >= CLEAR) return `they clearly ${way}`;
  if (Math.abs(rho) >= SOME) return `they tend to ${way}`;
  return 'no clear rising or falling relation';
}

/** Sentences under the headings of charts: what is seen, for a group of rows. */
export const summaries = {
  joined: (parts: readonly string[]) => parts.join(' '),
  of: (group: string | null, text: string) => (group === null ? text : `${group}: ${text}`),
  none: 'no rows.',
  association: (x: string, y: string, found: Association, without: number) => {
    const lacking = without > 0 ? ` ${plural(without, 'row')} without one of them.` : '';
    if (found.pairs === 0) return `no row has both ${quoted(x)} and ${quoted(y)}.${lacking}`;
    if (Number.isNaN(found.rho)) {
      return `${plural(found.pairs, 'row')}; one of the two does not vary.${lacking}`;
    }
    if (found.pairs < LEAST_PAIRS) {
      return `${plural(found.pairs, 'row')}: too few to tell a relation.${lacking}`;
    }
    return (
      `${plural(found.pairs, 'row')}; rank correlation ${signed(Math.round(found.rho * 100) / 100)}: ` +
      `${strength(found.rho)}.${lacking}`
    );
  },
  spread: (n: number, low: string, q1: string, median: string, q3: string, high: string) =>
    `${plural(n, 'row')}; median ${median}, the middle half from ${q1} to ${q3}, all from ${low} to ${high}.`,
  missing: (n: number) => (n === 0 ? '' : ` ${plural(n, 'row')} missing.`),
  frequent: (
    n: number,
    tops: readonly { readonly name: string; readonly share: number }[],
    all: number,
  ) => {
    const names = tops.map((top) => `${top.name} (${percent(top.share)})`);
    const lead = all > tops.length ? 'most often ' : '';
    return `${plural(n, 'row')}; ${lead}${listed(names)}.`;
  },
  medians: (high: string, highText: string, low: string, lowText: string, items: number) => {
    if (items === 1) return `median ${highText} where ${high}.`;
    if (highText === lowText) return `the median is ${highText} in all ${count(items)} groups.`;
    return `highest median where ${high} (${highText}), lowest where ${low} (${lowText}).`;
  },
  densest: (x: string, y: string, n: number, all: number) =>
    `most rows (${count(n)} of ${count(all)}) where ${x} and ${y}.`,
  at: (name: string, value: string) => `${name} is ${value}`,
  number,
} as const;
