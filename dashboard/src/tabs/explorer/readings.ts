/** What can stand on an axis: quantities of rows, by key, with their cells in one array. */

import type { ColumnData } from '../../payload/columns.ts';
import type { Page, ViewData } from '../../payload/page.ts';
import { byImportance } from '../../payload/page.ts';
import type { Condition } from '../../payload/types.ts';
import { type Attributions, attributionsOf, type Scale } from '../../state/attributions.ts';
import { feature, ofColumn, type Quantity, quantityOf } from '../../state/quantities.ts';
import { number as numberText } from '../../text/numbers.ts';
import { strings } from './strings.ts';

/** "feature:age"; empty for nothing. */
export type Key = string;

/** What is looked at beside the rows themselves. */
export interface Look {
  readonly page: Page;
  readonly view: ViewData;
  /** Class or target of the attributions; all of them: their mean size. */
  readonly output: number | 'all';
  readonly scale: Scale;
}

/** A quantity of all rows. */
export interface Reading {
  readonly key: Key;
  readonly name: string;
  readonly kind: 'number' | 'time' | 'label';
  /** Labels in order of their codes. */
  readonly labels: readonly string[];
  /** One per row of the page; NaN where missing. */
  readonly cells: Float64Array;
  readonly show: (value: number) => string;
  /** What a cohort's condition calls it; null where no condition can. */
  readonly of: Condition['of'] | null;
}

/** An entry of a list to choose from. */
export interface Choice {
  readonly key: Key;
  readonly label: string;
  readonly group: string;
}

const MOST_CLASSES = 30;
const OUTCOMES = [
  'predicted',
  'actual',
  'correct',
  'error',
  'residual',
  'absolute residual',
] as const;

/** Return all that can stand on an axis, in the order of the list. */
export function choicesOf({ page, view }: Look): Choice[] {
  const outcome = OUTCOMES.flatMap((of) => {
    const found = quantityOf(page, of);
    return found === null ? [] : [{ key: of, label: found.name, group: strings.groups.outcome }];
  });
  const chances = (page.rows.hasProbabilities ? (page.payload.classes ?? []) : [])
    .slice(0, MOST_CLASSES)
    .map((label) => ({
      key: `probability:${label}`,
      label: quantityOf(page, { probability: label })?.name ?? label,
      group: strings.groups.outcome,
    }));
  const id = page.rows.ids.type === 'category' ? strings.order : strings.id;
  const names = byImportance(view).map((i) => view.spec.features[i]);
  const place = new Map(view.spec.features.map((name, i) => [name, i]));
  const column = (name: string): ColumnData | undefined => view.columns[place.get(name) ?? -1];
  const kept = new Set(view.local?.kept);
  return [
    ...outcome,
    ...chances,
    { key: 'id', label: id, group: strings.groups.outcome },
    ...names
      .filter((name) => ofColumn(column(name)) !== null)
      .map((name) => ({ key: `feature:${name}`, label: name, group: strings.groups.features })),
    ...page.rows.others
      .filter((other) => ofColumn(other) !== null)
      .map(({ name }) => ({ key: `column:${name}`, label: name, group: strings.groups.others })),
    ...names
      .filter((name) => kept.has(place.get(name) ?? -1))
      .map((name) => ({
        key: `attribution:${name}`,
        label: strings.importanceOf(name),
        group: strings.groups.importance,
      })),
  ];
}

const known = new WeakMap<ViewData, Map<string, Reading | null>>();

/** Return a quantity of all rows; null where this page does not hold it. */
export function readingOf(look: Look, key: Key): Reading | null {
  const kept = known.get(look.view) ?? new Map<string, Reading | null>();
  known.set(look.view, kept);
  const all = `${look.output} ${look.scale} ${key}`;
  let found = kept.get(all);
  if (found === undefined) {
    found = key === '' ? null : made(look, key);
    kept.set(all, found);
  }
  return found;
}

function made(look: Look, key: Key): Reading | null {
  const { page, view } = look;
  const at = key.indexOf(':');
  const name = key.slice(at + 1);
  switch (at < 0 ? key : key.slice(0, at)) {
    case 'feature': {
      const column = view.columns[view.spec.features.indexOf(name)];
      // Raw and engineered features may share a name: conditions then mean the raw one.
      const of = column !== undefined && feature(page, name) === column ? { feature: name } : null;
      return filled(page, key, ofColumn(column), of, column?.type === 'time');
    }
    case 'column': {
      const column = page.rows.others.find((other) => other.name === name);
      return filled(page, key, ofColumn(column), { column: name }, column?.type === 'time');
    }
    case 'probability':
      return filled(page, key, quantityOf(page, { probability: name }), { probability: name });
    case 'attribution':
      return ofAttribution(look, key, name);
    case 'id':
      return ofId(page, key);
    default: {
      const of = OUTCOMES.find((one) => one === key);
      return of === undefined ? null : filled(page, key, quantityOf(page, of), of);
    }
  }
}

function filled(
  page: Page,
  key: Key,
  quantity: Quantity | null,
  of: Condition['of'] | null,
  isTime = false,
): Reading | null {
  if (quantity === null) return null;
  return {
    key,
    name: quantity.name,
    kind: quantity.values.length > 0 ? 'label' : isTime ? 'time' : 'number',
    labels: quantity.values,
    cells: Float64Array.from({ length: page.rows.count }, (_, row) => quantity.number(row)),
    show: quantity.show,
    of,
  };
}

/** Ids that are labels are told apart by their order. */
function ofId(page: Page, key: Key): Reading {
  const { ids, count } = page.rows;
  const isLabelled = ids.type === 'category';
  return {
    key,
    name: isLabelled ? strings.order : strings.id,
    kind: ids.type === 'time' ? 'time' : 'number',
    labels: [],
    cells: Float64Array.from({ length: count }, (_, row) => (isLabelled ? row : ids.number(row))),
    show: isLabelled ? (row) => numberText(row + 1) : ids.show,
    of: isLabelled ? null : 'id',
  };
}

function ofAttribution(look: Look, key: Key, name: string): Reading | null {
  const { page, view, output, scale } = look;
  const at = view.spec.features.indexOf(name);
  if (at < 0 || view.local === null) return null;
  const numbers = { kind: 'number', labels: [], show: numberText, key } as const;
  const outputs = view.spec.outputs.length;
  if (output === 'all' && outputs > 1) {
    const columns = view.spec.outputs.map((_, i) => attributionsOf(view, i, scale)?.column(at));
    if (columns.some((column) => column == null)) return null;
    return {
      ...numbers,
      name: strings.importanceMean(name),
      cells: Float64Array.from({ length: page.rows.count }, (_, row) =>
        columns.reduce((sum, column) => sum + Math.abs(column?.[row] ?? 0) / outputs, 0),
      ),
      of: null,
    };
  }
  const wanted = output === 'all' ? outputs - 1 : output;
  const found: Attributions | null = attributionsOf(view, wanted, scale);
  const cells = found?.column(at) ?? null;
  if (cells === null) return null;
  const label = page.payload.classes?.[wanted] ?? (outputs > 1 ? view.spec.outputs[wanted] : null);
  return {
    ...numbers,
    name: label === null ? strings.importanceOf(name) : strings.importanceIn(name, label),
    cells,
    of: found?.unit === 'probability' && scale === 'probability' ? null : condition(name, label),
  };
}

function condition(name: string, label: string | null): Condition['of'] {
  return label === null ? { attribution: name } : { attribution: name, output: label };
}

/** What is shown first: the most important feature against what the model says of it. */
export function firstKeys(look: Look): { readonly x: Key; readonly y: Key; readonly colour: Key } {
  const { page, view } = look;
  const keys = choicesOf(look).map((choice) => choice.key);
  const has = (key: Key): Key => (keys.includes(key) ? key : '');
  const features = keys.filter((key) => key.startsWith('feature:'));
  const importances = keys.filter((key) => key.startsWith('attribution:'));
  const x = features[0] ?? importances[0] ?? (has('predicted') || keys[0] || '');
  const classes = page.payload.classes;
  const label = classes?.length === 2 ? classes[1] : null;
  const y =
    (classes === null ? has('predicted') : label === null ? '' : has(`probability:${label}`)) ||
    (features[1] ?? '') ||
    (view.local === null ? '' : (importances.find((key) => key !== x) ?? ''));
  const colour = classes === null ? '' : has('actual') || has('predicted');
  return { x, y: y === x ? '' : y, colour };
}
