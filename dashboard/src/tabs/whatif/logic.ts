/** What can be edited of a row, what an edit means, and what it changes: pure functions. */

import type { Change, Value } from '../../model/cells.ts';
import { isMissing, valuesOf } from '../../model/cells.ts';
import type { Answers, Attributions, Cells } from '../../model/evaluator.ts';
import type { Changeable } from '../../model/flips.ts';
import { type Observed, observedOf } from '../../model/observed.ts';
import { logistic, slopeOf } from '../../model/probability.ts';
import type { ColumnData } from '../../payload/columns.ts';
import type { Page } from '../../payload/page.ts';
import type { MadeRow } from '../../state/store.ts';
import { quantile } from '../../stats/summary.ts';
import { strings } from './strings.ts';

/** A column of the raw view that the model reads. */
export interface Editable {
  readonly input: number;
  /** Position in the raw view. */
  readonly feature: number;
  readonly name: string;
  readonly kind: 'number' | 'time' | 'labels';
  readonly column: ColumnData;
  /** Values of the labels, as the model takes them: texts of a category, 0 and 1. */
  readonly labels: readonly Value[];
  readonly whole: boolean;
  /** Made when it is first asked for. */
  readonly observed: () => Observed;
}

/** What the model reads and the page holds, in the order of the raw view. */
export function editablesOf(page: Page, answers: Answers): Editable[] {
  const place = new Map(answers.inputs.map((input, i) => [input.name, i]));
  return page.views[0].columns.flatMap((column, feature) => {
    const input = place.get(column.name);
    return input === undefined || column.absent !== undefined
      ? []
      : [editableOf(page, column, input, feature)];
  });
}

function editableOf(page: Page, column: ColumnData, input: number, feature: number): Editable {
  let observed: Observed | undefined;
  const isLabel = column.values.length > 0;
  return {
    input,
    feature,
    name: column.name,
    kind: isLabel ? 'labels' : column.type === 'time' ? 'time' : 'number',
    column,
    labels: column.type === 'boolean' ? [0, 1] : column.values,
    whole: column.spec.whole === true || column.type === 'time',
    observed: () => {
      observed ??= ranged(observedOf(column, page.rows.count), column);
      return observed;
    },
  };
}

/** The range is that of all rows, also of those that are not in the page. */
function ranged(observed: Observed, column: ColumnData): Observed {
  const range = column.spec.range;
  if (column.values.length > 0 || range === undefined || range === null) return observed;
  return { ...observed, minimum: range[0], maximum: range[1] };
}

/** What may be changed to flip a prediction. */
export function changeable(editable: Editable): Changeable {
  const { input, labels, whole } = editable;
  return { input, observed: editable.observed(), labels, whole };
}

/** A value as its number on an axis: codes of labels, NaN where missing. */
export function numberOf(editable: Editable, value: Value): number {
  if (isMissing(value)) return Number.NaN;
  if (editable.kind !== 'labels') return Number(value);
  const code = editable.labels.indexOf(value);
  return code < 0 ? Number.NaN : code;
}

/** The value of a number of an axis. */
export function valueAt(editable: Editable, x: number): Value {
  if (editable.kind === 'labels') {
    if (Number.isNaN(x)) return editable.column.type === 'boolean' ? Number.NaN : null;
    return editable.labels[x] ?? null;
  }
  return editable.whole ? Math.round(x) : x;
}

/** What a reader sees of a value. */
export function textOf(editable: Editable, value: Value): string {
  return editable.column.show(numberOf(editable, value));
}

/** Whether two values are the same, missing ones too. */
export function isSame(a: Value, b: Value): boolean {
  return a === b || (isMissing(a) && isMissing(b));
}

/** Whether rows have the same values in all inputs but one. */
export function isSameBeside(some: Cells, others: Cells, input: number): boolean {
  const rows = Array.from({ length: some.count }, (_, row) => row);
  return some.inputs.every(
    (cell, i) => i === input || rows.every((row) => isSame(cell[row], others.inputs[i][row])),
  );
}

/** Edits that change something. */
export function changesOf(row: Cells, edits: ReadonlyMap<number, Value>): Change[] {
  const now = valuesOf(row, 0);
  return [...edits]
    .filter(([input, value]) => !isSame(now[input], value))
    .map(([input, value]) => ({ input, value }));
}

/** A number in as few digits as tell it in single precision, which the page keeps cells in. */
export function typed(x: number): number {
  if (Math.fround(x) !== x) return x;
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(x.toPrecision(digits));
    if (Math.fround(short) === x) return short;
  }
  return x;
}

/** A step of sliders and arrow keys: a round part of the range. */
export function stepOf({ whole, kind, observed }: Editable): number {
  if (kind === 'labels') return 1;
  const { minimum, maximum } = observed();
  const width = maximum - minimum;
  if (!(width > 0)) return 1;
  const step = 10 ** Math.floor(Math.log10(width / 100));
  return whole ? Math.max(1, Math.round(step)) : step;
}

/** Quantiles that are marked on a slider. */
export function marksOf(editable: Editable): number[] {
  if (editable.kind === 'labels') return [];
  const { sorted } = editable.observed();
  return [0.05, 0.25, 0.5, 0.75, 0.95].map((share) => quantile(sorted, share));
}

/** What is odd about a value: nothing, or a sentence. */
export function warningOf(editable: Editable, value: Value, isEdited: boolean): string | undefined {
  if (!isEdited) return undefined;
  const { minimum, maximum, counts, missing } = editable.observed();
  if (isMissing(value)) return missing === 0 ? strings.neverMissing : undefined;
  if (editable.kind === 'labels') {
    return counts[numberOf(editable, value)] === 0 ? strings.unseen : undefined;
  }
  const x = Number(value);
  if (x >= minimum && x <= maximum) return undefined;
  const show = editable.column.show;
  return Number.isNaN(minimum) ? undefined : strings.outside(show(minimum), show(maximum));
}

/** The row as kept under a name. */
export function madeOf(
  name: string,
  from: number,
  editables: readonly Editable[],
  cells: Cells,
): MadeRow {
  const values = valuesOf(cells, 0);
  const entries = editables.map(({ name: column, input }) => [column, values[input]] as const);
  return { name, from, cells: Object.fromEntries(entries) };
}

/** The edits that make a kept row of the row it was made from. */
export function editsOf(made: MadeRow, editables: readonly Editable[]): Map<number, Value> {
  const known = editables.filter((editable) => made.cells[editable.name] !== undefined);
  return new Map(known.map(({ input, name }) => [input, made.cells[name]]));
}

/** Rows a search for the nearest looks at. */
const SEARCHED = 20_000;

/** An embedded row and how far it is: the mean over columns of a difference from 0 to 1. */
interface Near {
  readonly row: number;
  readonly distance: number;
}

/** The embedded row nearest to some cells, leaving one out. */
export function nearestRow(
  editables: readonly Editable[],
  cells: Cells,
  count: number,
  without: number,
): Near | null {
  const values = valuesOf(cells, 0);
  const asked = editables.map((editable) => {
    const { minimum, maximum } = editable.observed();
    const width = editable.kind === 'labels' ? 0 : maximum - minimum;
    return { column: editable.column, x: numberOf(editable, values[editable.input]), width };
  });
  const step = Math.max(1, Math.ceil(count / SEARCHED));
  let best: Near | null = null;
  for (let row = 0; row < count; row += step) {
    if (row === without) continue;
    let sum = 0;
    for (const { column, x, width } of asked) sum += apart(column.number(row), x, width);
    if (best === null || sum < best.distance) best = { row, distance: sum };
  }
  return best === null ? null : { ...best, distance: best.distance / Math.max(1, asked.length) };
}

function apart(a: number, b: number, width: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b) ? 0 : 1;
  if (width > 0) return Math.min(1, Math.abs(a - b) / width);
  return a === b ? 0 : 1;
}

/** Attributions of one class or target of some rows, in the unit that is shown. */
export interface Added {
  /** Per row, what each feature adds. */
  readonly rows: readonly Float64Array[];
  readonly base: number;
}

/**
 * Attributions to a class; `sign` is -1 for the first class of a margin that is kept once. As
 * probability each row's are multiplied by one number, so that they add up to its difference.
 */
export function addedOf(
  { values, outputs, features, count, baseValues }: Attributions,
  output: number,
  sign: 1 | -1,
  asProbability: boolean,
): Added {
  const base = sign * (baseValues[output] ?? 0);
  const rows = Array.from({ length: count }, (_, row) => {
    const from = (row * outputs + output) * features;
    return values.slice(from, from + features).map((value) => sign * value);
  });
  if (!asProbability) return { rows, base };
  return { rows: rows.map((row) => rescaled(row, base)), base: logistic(base) };
}

function rescaled(row: Float64Array, base: number): Float64Array {
  const factor = slopeOf(
    base,
    row.reduce((sum, value) => sum + value, 0),
  );
  return row.map((value) => value * factor);
}
