/** Cohorts: named groups of rows, as values; every change returns a new list. */

import type { Page } from '../payload/page.ts';
import type { CohortSpec, Filter } from '../payload/types.ts';
import { everyRow } from '../stats/rows.ts';
import { matching, UnusableFilter } from './filters.ts';
import { strings } from './strings.ts';

/** A named group of rows. */
export interface Cohort extends CohortSpec {
  /** Of this page only. */
  readonly id: number;
  /** Whether it is among those compared. */
  readonly shown: boolean;
}

/** A cohort with its rows, or all rows. */
export interface CohortRows {
  readonly name: string;
  /** Positions, ascending. */
  readonly rows: Uint32Array;
  /** Which of the three colours and shapes it has wherever it is drawn. */
  readonly colour: 0 | 1 | 2;
  /** Null for all rows. */
  readonly cohort: Cohort | null;
}

/** What tells a group from the others of a page, whatever else is compared: 0 for all rows. */
export function keyOf(group: CohortRows): number {
  return group.cohort?.id ?? 0;
}

/** As many groups as can be told apart side by side. */
export const MOST_COMPARED = 3;

/** Below this many rows, figures of a cohort say little. */
export const FEW_ROWS = 30;

/** The name of the group that is always there. */
export const ALL_ROWS = strings.allRows;

/** Return the list with one more cohort; a name already taken is numbered. */
export function added(cohorts: readonly Cohort[], name: string, filter: Filter): Cohort[] {
  const id = 1 + Math.max(0, ...cohorts.map((cohort) => cohort.id));
  const shown = cohorts.filter((cohort) => cohort.shown).length < MOST_COMPARED - 1;
  return [...cohorts, { id, name: freeName(cohorts, name), filter, shown }];
}

/** Return the list with one cohort changed. */
export function changed(
  cohorts: readonly Cohort[],
  id: number,
  change: Partial<Omit<Cohort, 'id'>>,
): Cohort[] {
  const others = cohorts.filter((cohort) => cohort.id !== id);
  const name = change.name === undefined ? {} : { name: freeName(others, change.name) };
  return cohorts.map((cohort) => (cohort.id === id ? { ...cohort, ...change, ...name } : cohort));
}

/** Return the list without one cohort. */
export function removed(cohorts: readonly Cohort[], id: number): Cohort[] {
  return cohorts.filter((cohort) => cohort.id !== id);
}

/** Return a name no other cohort has. */
export function freeName(cohorts: readonly CohortSpec[], name: string): string {
  const wanted = name.trim() || 'Cohort';
  const taken = new Set([ALL_ROWS, ...cohorts.map((cohort) => cohort.name)]);
  if (!taken.has(wanted)) return wanted;
  let number = 2;
  while (taken.has(`${wanted} (${number})`)) number++;
  return `${wanted} (${number})`;
}

/** Return all rows and the cohorts that are compared with them, at most three groups. */
export function compared(page: Page, cohorts: readonly Cohort[], withAll: boolean): CohortRows[] {
  const groups: Omit<CohortRows, 'colour'>[] = [];
  const chosen = cohorts.filter((cohort) => cohort.shown);
  if (withAll || chosen.length === 0) {
    groups.push({ name: ALL_ROWS, rows: everyRow(page.rows.count), cohort: null });
  }
  for (const cohort of chosen) {
    groups.push({ name: cohort.name, rows: rowsOf(page, cohort), cohort });
  }
  return groups.slice(0, MOST_COMPARED).map((group, i) => ({ ...group, colour: i as 0 | 1 | 2 }));
}

const known = new WeakMap<Filter, Uint32Array>();

/** Return a cohort's rows; none where this page lacks what its filter asks for. */
export function rowsOf(page: Page, cohort: CohortSpec): Uint32Array {
  const found = known.get(cohort.filter);
  if (found !== undefined) return found;
  let rows: Uint32Array;
  try {
    rows = matching(page, cohort.filter);
  } catch (error) {
    if (!(error instanceof UnusableFilter)) throw error;
    // The panel says why, beside the cohort.
    rows = new Uint32Array(0);
  }
  known.set(cohort.filter, rows);
  return rows;
}

/** Return why a cohort cannot be applied here; null where it can. */
export function problemOf(page: Page, cohort: CohortSpec): string | null {
  try {
    matching(page, cohort.filter);
  } catch (error) {
    if (error instanceof UnusableFilter) return error.message;
    throw error;
  }
  return null;
}

/** Return cohorts as the JSON a reader copies. */
export function toJson(cohorts: readonly CohortSpec[]): string {
  return JSON.stringify(
    cohorts.map(({ name, filter }) => ({ name, filter })),
    null,
    1,
  );
}

/** Return the cohorts of a JSON text, or what is wrong with it. */
export function fromJson(text: string): readonly CohortSpec[] | string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return 'This is not JSON. Paste what "Copy as JSON" gave.';
  }
  const list = Array.isArray(parsed) ? parsed : [parsed];
  for (const item of list) {
    if (!isRecord(item) || typeof item.name !== 'string' || !isFilter(item.filter)) {
      return 'Each cohort needs a "name" and a "filter" as "Copy as JSON" writes them.';
    }
  }
  return list as readonly CohortSpec[];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const OUTCOMES = ['predicted', 'actual', 'residual', 'absolute residual', 'error', 'correct', 'id'];
const RELATIONS = ['in', 'not in', '<', '<=', '>', '>=', 'between', 'missing', 'present'];
const SUBJECTS = ['feature', 'column', 'attribution', 'probability'];
const DEEPEST = 20;

function isFilter(value: unknown, depth = 0): value is Filter {
  if (!isRecord(value) || depth > DEEPEST) return false;
  const parts = value.all ?? value.any;
  if (parts !== undefined) {
    return Array.isArray(parts) && parts.every((part) => isFilter(part, depth + 1));
  }
  if (value.not !== undefined) return isFilter(value.not, depth + 1);
  const { of } = value;
  const known = isRecord(of)
    ? SUBJECTS.some((subject) => typeof of[subject] === 'string')
    : OUTCOMES.includes(String(of));
  return known && RELATIONS.includes(String(value.is)) && isValue(value.value);
}

function isValue(value: unknown): boolean {
  if (Array.isArray(value)) return value.every((part) => part !== null && isValue(part));
  return value === undefined || ['number', 'string', 'boolean'].includes(typeof value);
}
