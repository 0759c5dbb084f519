/** The payload, read: what every part of the page looks at. Made once, and never changed. */

import { largestFirst } from '../stats/summary.ts';
import { type ColumnData, columnOf } from './columns.ts';
import type { Block } from './container.ts';
import { type TextsData, textsOf } from './texts.ts';
import type { ArrayName, Column, LocalValues, Numbers, Payload, Rows, View } from './types.ts';

/** Attributions of the embedded rows. */
export interface LocalData {
  /** Features with attributions of their own. */
  readonly kept: readonly number[];
  /** Attribution of one feature in one row; 0 for features that are not kept. */
  value(output: number, feature: number, row: number): number;
  /** Attributions of one feature in all rows, (rows,); null for features that are not kept. */
  column(output: number, feature: number): Float64Array | null;
  /** Sum of the attributions of features that are not kept. */
  rest(output: number, row: number): number;
  /** Base value. */
  base(output: number): number;
}

/** The explanation in one kind of features. */
export interface ViewData {
  readonly spec: View;
  readonly columns: readonly ColumnData[];
  readonly local: LocalData | null;
}

/** Positions of the features of a view, the most important first. */
export function byImportance(view: ViewData): number[] {
  return largestFirst(view.spec.globals.values);
}

/** The rows, and what is known about them. */
interface RowData {
  readonly count: number;
  readonly total: number;
  readonly ids: ColumnData;
  readonly others: readonly ColumnData[];
  readonly hasPredicted: boolean;
  readonly hasActual: boolean;
  readonly hasProbabilities: boolean;
  /** Class number or value; NaN where unknown. */
  predicted(row: number): number;
  /** Class number or value; NaN where unknown. */
  actual(row: number): number;
  /** Probability of a class; NaN where unknown. */
  probability(cls: number, row: number): number;
}

/** All a page holds. */
export interface Page {
  readonly payload: Payload;
  readonly array: (name: ArrayName) => Numbers;
  readonly rows: RowData;
  readonly views: readonly ViewData[];
  /** The texts that are explained; null where they are not in the page, or it is not of texts. */
  readonly texts: TextsData | null;
}

/** What `mlflow_explain/dashboard/payload/masks.py` says of each column for include_data=False. */
const WITHOUT_CELLS = 'The page was made without the cells of the rows.';

/** Whether the page holds rows, and nothing of what is in them: neither cells nor outcomes. */
export function withoutData({ rows, views }: Page): boolean {
  if (rows.count === 0 || rows.hasPredicted || rows.hasActual) return false;
  const columns = views.flatMap((view) => view.columns);
  return columns.length > 0 && columns.every((column) => column.absent === WITHOUT_CELLS);
}

/** Texts are shown as they are: without the marks that set code apart in other places. */
function unmarked(text: string): string {
  return text.replace(/`([^`]+)`/g, '$1');
}

function spoken(payload: Payload): Payload {
  const { rows, modelNote, caveats } = payload;
  return {
    ...payload,
    caveats: caveats.map(unmarked),
    ...(modelNote === undefined ? {} : { modelNote: unmarked(modelNote) }),
    rows: rows.sampled === undefined ? rows : { ...rows, sampled: unmarked(rows.sampled) },
  };
}

/** Return the page of a block. */
export function pageOf(block: Block): Page {
  const { array } = block;
  const payload = spoken(block.payload);
  const columns = new Map<string, ColumnData>();
  const column = (spec: Column): ColumnData => {
    // Raw and engineered features may share one array.
    const key = `${spec.array} ${spec.name}`;
    const found = columns.get(key) ?? columnOf(spec, array);
    columns.set(key, found);
    return found;
  };
  return {
    payload,
    array,
    texts:
      payload.texts === undefined || payload.texts.absent !== undefined
        ? null
        : textsOf(payload.texts, payload.texts.column, payload.rows.count, array),
    rows: rowsOf(payload.rows, array, column, payload.task === 'classification'),
    views: payload.views.map((spec) => ({
      spec,
      columns: spec.columns.map(column),
      local: spec.local === null ? null : localOf(spec.local, payload.rows.count, array),
    })),
  };
}

function rowsOf(
  rows: Rows,
  array: (name: ArrayName) => Numbers,
  column: (spec: Column) => ColumnData,
  isClassification: boolean,
): RowData {
  const reader = (name: ArrayName | undefined): ((row: number) => number) => {
    if (name === undefined) return () => Number.NaN;
    const cells = array(name);
    if (!isClassification) return (row) => cells[row];
    const missing = 256 ** cells.BYTES_PER_ELEMENT - 1;
    return (row) => (cells[row] === missing ? Number.NaN : cells[row]);
  };
  const probabilities = rows.probabilities === undefined ? null : array(rows.probabilities);
  return {
    count: rows.count,
    total: rows.total,
    ids: plainly(column(rows.ids)),
    others: rows.others.map(column),
    hasPredicted: rows.predicted !== undefined,
    hasActual: rows.actual !== undefined,
    hasProbabilities: probabilities !== null,
    predicted: reader(rows.predicted),
    actual: reader(rows.actual),
    probability: (cls, row) =>
      probabilities === null ? Number.NaN : probabilities[cls * rows.count + row],
  };
}

/** Ids are names, even where they are numbers: no separators. */
function plainly(ids: ColumnData): ColumnData {
  if (ids.spec.whole !== true) return ids;
  const show = (value: number): string => (Number.isNaN(value) ? ids.show(value) : String(value));
  return { ...ids, show, text: (row) => show(ids.number(row)) };
}

const UNKNOWN = -32768;

function localOf(spec: LocalValues, count: number, array: (name: ArrayName) => Numbers): LocalData {
  const place = new Map(spec.features.map((feature, i) => [feature, i]));
  const wide = spec.features.length;
  const codes = array(spec.array);
  const rest = spec.rest === undefined ? null : array(spec.rest);
  const known = new Map<number, Float64Array>();
  const column = (output: number, feature: number): Float64Array | null => {
    const i = place.get(feature);
    if (i === undefined) return null;
    const at = output * wide + i;
    const found = known.get(at);
    if (found !== undefined) return found;
    const scale = spec.scale[output][i];
    const values = new Float64Array(count);
    for (let row = 0; row < count; row++) {
      const code = codes[at * count + row];
      values[row] = code === UNKNOWN ? Number.NaN : code * scale;
    }
    known.set(at, values);
    return values;
  };
  return {
    kept: spec.features,
    column,
    value: (output, feature, row) => {
      const i = place.get(feature);
      if (i === undefined) return 0;
      const code = codes[(output * wide + i) * count + row];
      return code === UNKNOWN ? Number.NaN : code * spec.scale[output][i];
    },
    rest: (output, row) => (rest === null ? 0 : rest[output * count + row]),
    base: (output) => spec.baseValues[output],
  };
}
