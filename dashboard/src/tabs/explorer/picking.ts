/** From rows that were picked in a chart to a condition that says which they are. */

import type { Box } from '../../charts/types.ts';
import type { Page } from '../../payload/page.ts';
import type { Filter } from '../../payload/types.ts';
import type { CohortRows } from '../../state/cohorts.ts';
import { described, matching } from '../../state/filters.ts';
import { extentOf } from '../../stats/summary.ts';
import type { Reading } from './readings.ts';
import { all, conditionOf, type Slots } from './slots.ts';

/** Rows a reader picked, and a filter that gives exactly those. */
export interface Picked {
  readonly rows: Uint32Array;
  readonly filter: Filter;
  readonly text: string;
}

/** How rows were picked. */
export interface Pick {
  /** The group they are of. */
  readonly group: CohortRows;
  readonly rows: Uint32Array;
  /** What the reader may have meant, the best wording first. */
  readonly candidates: readonly (Filter | null)[];
  /** Said where only ids tell which rows they are. */
  readonly byHand: string;
  /** The rows that were drawn, where these are not all. */
  readonly drawn?: Uint32Array;
}

/** Return rows with the first filter that gives exactly them; their ids if none does. */
export function pickedOf(page: Page, pick: Pick): Picked {
  const own = pick.group.cohort?.filter;
  for (const candidate of pick.candidates) {
    if (candidate === null) continue;
    const filter = own === undefined ? candidate : joined(own, candidate);
    const rows = matching(page, filter);
    if (same(pick.drawn === undefined ? rows : shared(rows, pick.drawn), pick.rows)) {
      return { rows, filter, text: described(page, filter) };
    }
  }
  return { rows: pick.rows, filter: idsFilter(page, pick.rows), text: pick.byHand };
}

/** Rows that are in both ascending lists. */
export function shared(a: Uint32Array, b: Uint32Array): Uint32Array {
  const other = new Set(b);
  return a.filter((row) => other.has(row));
}

function joined(own: Filter, more: Filter): Filter {
  const parts = 'all' in more ? more.all : [more];
  return { all: 'all' in own ? [...own.all, ...parts] : [own, ...parts] };
}

function same(a: Uint32Array, b: Uint32Array): boolean {
  return a.length === b.length && a.every((row, i) => row === b[i]);
}

/** Return the filter that names rows by their ids. */
export function idsFilter(page: Page, rows: Uint32Array): Filter {
  const { ids } = page.rows;
  const value: (number | string)[] = Array.from(rows, (row) =>
    ids.values.length > 0 ? ids.text(row) : ids.number(row),
  );
  return { of: 'id', is: 'in', value };
}

/** An axis of points: labels stand in slots. */
export interface Side {
  readonly reading: Reading;
  readonly slots: Slots | null;
}

/** Return filters a brushed rectangle may mean: with short numbers, then with exact ones. */
export function ofBox(x: Side, y: Side, box: Box): (Filter | null)[] {
  return [4, 17].map((digits) => all([sideOf(x, box.x, digits), sideOf(y, box.y, digits)]));
}

/** Return the smallest rectangle around rows; null where some lie among the missing, or in slots. */
export function tightBox(x: Side, y: Side, rows: Uint32Array): Box | null {
  const ends = [x, y].map(({ reading, slots }): readonly [number, number] | null => {
    if (rows.length === 0) return null;
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const row of rows) {
      const cell = slots === null ? reading.cells[row] : slots.of[row];
      if (Number.isNaN(cell) || (slots !== null && cell === slots.missing)) return null;
      low = Math.min(low, cell);
      high = Math.max(high, cell);
    }
    return [low, high];
  });
  return ends[0] === null || ends[1] === null ? null : { x: ends[0], y: ends[1] };
}

function sideOf(side: Side, ends: readonly [number, number], digits: number): Filter | null {
  const condition = conditionOf(side.reading);
  if (ends.every(Number.isNaN)) return condition('missing');
  const known = ends.filter((end) => !Number.isNaN(end));
  const reached = known.length < 2 ? [known[0], extentOf(side.reading.cells)[0]] : known;
  const [low, high] = [Math.min(...reached), Math.max(...reached)];
  const inside =
    side.slots === null
      ? condition('between', [shortened(low, digits), shortened(high, digits)])
      : ofSlots(side.slots, Math.round(low), Math.round(high));
  if (known.length === 2) return inside;
  // A rectangle that reaches into the band of the missing takes them as well.
  const missing = condition('missing');
  return inside === null || missing === null ? null : { any: [inside, missing] };
}

/** Rows of neighbouring slots: one list of labels where they are labels. */
function ofSlots(slots: Slots, from: number, to: number): Filter | null {
  const last = slots.missing < 0 ? slots.names.length - 1 : slots.missing - 1;
  const parts: Filter[] = [];
  for (let slot = Math.max(0, from); slot <= Math.min(to, last); slot++) {
    const part = slots.filter(slot);
    if (part === null) return null;
    parts.push(part);
  }
  const first = parts[0];
  if (parts.length === 1) return first;
  const values = parts.flatMap((part) =>
    'of' in part && part.is === 'in' && Array.isArray(part.value) ? part.value : [],
  );
  if (first !== undefined && 'of' in first && values.length === parts.length) {
    return { of: first.of, is: 'in', value: values };
  }
  return { any: parts };
}

function shortened(value: number, digits: number): number {
  return digits > 15 ? value : Number(value.toPrecision(digits));
}
