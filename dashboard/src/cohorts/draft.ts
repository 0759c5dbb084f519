/** A cohort while it is edited: conditions joined by AND or OR, groups of them one level deep. */

import type { Page } from '../payload/page.ts';
import type { Condition, Filter } from '../payload/types.ts';
import { quantityOf } from '../state/quantities.ts';
import { strings } from './strings.ts';
import { natureOf } from './subjects.ts';

export type Join = 'all' | 'any';

/** A condition, a group of conditions, or a filter that is kept as it is. */
export type Part =
  | { readonly kind: 'condition'; readonly key: number; readonly condition: Condition }
  | {
      readonly kind: 'group';
      readonly key: number;
      readonly join: Join;
      readonly conditions: readonly Keyed[];
    }
  | { readonly kind: 'fixed'; readonly key: number; readonly filter: Filter };

/** A condition with a key of its own, so that fields keep their focus. */
export interface Keyed {
  readonly key: number;
  readonly condition: Condition;
}

export interface Draft {
  readonly name: string;
  readonly join: Join;
  readonly parts: readonly Part[];
}

let lastKey = 0;

/** Return a key no part has. */
export function newKey(): number {
  lastKey += 1;
  return lastKey;
}

/** Return a part of a condition. */
export function partOf(condition: Condition): Part {
  return { kind: 'condition', key: newKey(), condition };
}

/** Return the draft of a filter. */
export function draftOf(name: string, filter: Filter): Draft {
  if ('all' in filter) return { name, join: 'all', parts: filter.all.map(part) };
  if ('any' in filter) return { name, join: 'any', parts: filter.any.map(part) };
  return { name, join: 'all', parts: [part(filter)] };
}

function part(filter: Filter): Part {
  if (isCondition(filter)) return partOf(filter);
  const inner = 'all' in filter ? filter.all : 'any' in filter ? filter.any : null;
  if (inner === null || inner.length === 0 || !inner.every(isCondition)) {
    return { kind: 'fixed', key: newKey(), filter };
  }
  return {
    kind: 'group',
    key: newKey(),
    join: 'all' in filter ? 'all' : 'any',
    conditions: inner.map((condition) => ({ key: newKey(), condition })),
  };
}

function isCondition(filter: Filter): filter is Condition {
  return 'of' in filter;
}

/** Return the filter of a draft. */
export function filterOf(draft: Draft): Filter {
  const filters = draft.parts.map(ofPart);
  const [first] = filters;
  if (filters.length === 1 && isCondition(first)) return first;
  return joined(draft.join, filters);
}

function ofPart(one: Part): Filter {
  if (one.kind === 'condition') return one.condition;
  if (one.kind === 'fixed') return one.filter;
  return joined(
    one.join,
    one.conditions.map(({ condition }) => condition),
  );
}

function joined(join: Join, filters: readonly Filter[]): Filter {
  return join === 'all' ? { all: filters } : { any: filters };
}

/** Return the first thing that is missing in a draft, in words; null where it is complete. */
export function lacking(page: Page, draft: Draft): string | null {
  if (draft.parts.length === 0) return strings.noCondition;
  for (const one of draft.parts) {
    const conditions =
      one.kind === 'condition'
        ? [one.condition]
        : one.kind === 'group'
          ? one.conditions.map(({ condition }) => condition)
          : [];
    if (one.kind === 'group' && conditions.length === 0) return strings.noCondition;
    for (const condition of conditions) {
      const found = unfinished(page, condition);
      if (found !== null) return found;
    }
  }
  return null;
}

function unfinished(page: Page, { of, is, value }: Condition): string | null {
  if (is === 'missing' || is === 'present') return null;
  const name = quantityOf(page, of)?.name ?? String(of);
  const values = Array.isArray(value) ? value : value === undefined ? [] : [value];
  if (is === 'in' || is === 'not in') {
    if (values.length > 0) return null;
    return natureOf(page, of) === 'id' ? strings.noId : strings.noLabel(name);
  }
  const wanted = is === 'between' ? 2 : 1;
  const finished = values.length === wanted && values.every((one) => Number.isFinite(Number(one)));
  return finished ? null : strings.noNumber(name);
}

/** Return the condition with another relation, its value kept as far as it fits. */
export function related(
  condition: Condition,
  is: Condition['is'],
  range: readonly [number, number],
): Condition {
  const { of, value } = condition;
  const before = Array.isArray(value) ? value : value === undefined ? [] : [value];
  if (is === 'missing' || is === 'present') return { of, is };
  if (is === 'in' || is === 'not in') {
    const kept = condition.is === 'in' || condition.is === 'not in' ? before : [];
    return { of, is, value: kept };
  }
  const [first = range[0], last = range[1]] = before.map(Number);
  if (is === 'between') {
    if (condition.is === '>' || condition.is === '>=') return { of, is, value: [first, range[1]] };
    if (condition.is === '<' || condition.is === '<=') return { of, is, value: [range[0], first] };
    return { of, is, value: [first, last] };
  }
  const wantsHigh = is === '<' || is === '<=';
  return { of, is, value: condition.is === 'between' && wantsHigh ? last : first };
}

/** Return ids a reader typed, separated by commas, semicolons or line breaks. */
export function idsOf(text: string, areLabels: boolean): (string | number)[] {
  const ids = text
    .split(/[\n,;]+/)
    .map((id) => id.trim())
    .filter((id) => id !== '');
  return areLabels ? ids : ids.map(Number).filter((id) => Number.isFinite(id));
}
