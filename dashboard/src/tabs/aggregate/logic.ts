/** Importance of features over groups of rows: values, order, rest, and shares. */

import type { ViewData } from '../../payload/page.ts';
import type { Beside } from '../../payload/types.ts';
import { attributionsOf, canRescale, placeOf, type Scale } from '../../state/attributions.ts';
import type { CohortRows } from '../../state/cohorts.ts';

/** Attributions per row, of one class or of the sizes over all. */
export interface PerRow {
  readonly unit: string;
  /** Whether values have signs. */
  readonly signed: boolean;
  /** Values of a feature in all rows of the page; null where they are not kept. */
  column(feature: number): Float64Array | null;
}

/** Return the attributions a reader looks at; null where the page has none of single rows. */
export function perRow(view: ViewData, output: number | 'all', scale: Scale): PerRow | null {
  if (output !== 'all') {
    const one = attributionsOf(view, output, scale);
    return one && { unit: one.unit, signed: true, column: one.column };
  }
  const all = view.spec.outputs.map((_, i) => attributionsOf(view, i, scale));
  const [first] = all;
  if (first === null || first === undefined) return null;
  const known = new Map<number, Float64Array>();
  return {
    unit: first.unit,
    signed: false,
    column: (feature) => {
      const found = known.get(feature);
      if (found !== undefined) return found;
      const columns = all.map((one) => one?.column(feature) ?? null);
      const made = meanSize(columns);
      if (made !== null) known.set(feature, made);
      return made;
    },
  };
}

/** Mean over outputs of the absolute values, row by row. */
function meanSize(columns: readonly (Float64Array | null)[]): Float64Array | null {
  const [first] = columns;
  if (first === null || first === undefined) return null;
  const sums = new Float64Array(first.length);
  for (const column of columns) {
    if (column === null) return null;
    for (let row = 0; row < sums.length; row++) sums[row] += Math.abs(column[row]);
  }
  return sums.map((sum) => sum / columns.length);
}

/** Importance of every feature over one group of rows. */
export interface Group {
  readonly name: string;
  readonly colour: 0 | 1 | 2;
  /** NaN where it is not known. */
  readonly values: ArrayLike<number>;
  /** Rows it was computed over. */
  readonly rows: number;
  /** Computed in Python, over all rows that were explained. */
  readonly whole: boolean;
  /** Sum over features that the page does not list. */
  readonly rest: number;
  /** Standard deviations, where Python measured them. */
  readonly deviations?: readonly number[];
}

export interface Asked {
  readonly view: ViewData;
  readonly output: number | 'all';
  readonly scale: Scale;
  /** Means with their signs, not of sizes. */
  readonly signed: boolean;
}

/** Return importance per group; cohorts have none where the page has no values of single rows. */
export function groupsOf(
  asked: Asked,
  values: PerRow | null,
  compared: readonly CohortRows[],
): Group[] {
  return compared.map((group) => {
    if (group.cohort === null && isGiven(asked, values)) return givenGroup(asked, group);
    return {
      name: group.name,
      colour: group.colour,
      values: meansOf(asked, values, group.rows),
      rows: group.rows.length,
      whole: false,
      rest: 0,
    };
  });
}

/** Whether Python's figures over all rows are what is asked for. */
function isGiven({ signed, scale, view }: Asked, values: PerRow | null): boolean {
  if (values === null) return true;
  const isMean = view.spec.globals.measure.startsWith('mean |');
  return isMean && !signed && !(scale === 'probability' && canRescale(view));
}

function givenGroup({ view, output }: Asked, group: CohortRows): Group {
  const { globals } = view.spec;
  const isAll = output === 'all' || view.spec.outputs.length === 1;
  const one = isAll ? undefined : globals.perOutput[placeOf(view, output).output];
  const values = one ?? globals.values;
  return {
    name: group.name,
    colour: group.colour,
    values,
    rows: globals.rows,
    whole: true,
    rest: globals.rest ?? 0,
    // They are of the mean over all outputs.
    ...(values === globals.values && globals.standardDeviations
      ? { deviations: globals.standardDeviations }
      : {}),
  };
}

function meansOf({ view, signed }: Asked, values: PerRow | null, rows: Uint32Array): Float64Array {
  return Float64Array.from(view.spec.features, (_, feature) => {
    const column = values?.column(feature) ?? null;
    return column === null ? Number.NaN : meanOf(column, rows, signed);
  });
}

/** Mean over rows of values, or of their sizes; unknown ones are left out. */
export function meanOf(column: Float64Array, rows: Uint32Array, signed: boolean): number {
  let sum = 0;
  let known = 0;
  for (let i = 0; i < rows.length; i++) {
    const value = column[rows[i]];
    if (Number.isNaN(value)) continue;
    sum += signed ? value : Math.abs(value);
    known++;
  }
  return known === 0 ? Number.NaN : sum / known;
}

/** `group` and a number: by that group; else by the largest difference, or by name. */
export type SortBy = number | 'difference' | 'name';

/** Return features in order, those a search finds. */
export function orderOf(
  features: readonly string[],
  groups: readonly Group[],
  sortBy: SortBy,
  search: string,
): number[] {
  const wanted = search.trim().toLowerCase();
  const found = features.flatMap((name, i) => (name.toLowerCase().includes(wanted) ? [i] : []));
  if (sortBy === 'name') {
    const collator = new Intl.Collator('en', { numeric: true });
    return found.sort((a, b) => collator.compare(features[a], features[b]));
  }
  const key =
    sortBy === 'difference'
      ? (feature: number) => differenceOf(groups, feature)
      : (feature: number) => Math.abs(groups[Math.min(sortBy, groups.length - 1)].values[feature]);
  return found.sort((a, b) => (key(b) || 0) - (key(a) || 0) || a - b);
}

/** Largest difference between two groups; 0 where fewer than two are known. */
export function differenceOf(groups: readonly Group[], feature: number): number {
  const known = groups
    .map((group) => group.values[feature])
    .filter((value) => Number.isFinite(value));
  return known.length < 2 ? 0 : Math.max(...known) - Math.min(...known);
}

/** What is not shown, together: how many features, and their sum per group. */
export interface Rest {
  readonly count: number;
  readonly sums: readonly number[];
}

/** Return the rest; signed means are summed with their signs. */
export function restOf(
  view: ViewData,
  groups: readonly Group[],
  shown: readonly number[],
): Rest | null {
  const seen = new Set(shown);
  const hidden = view.spec.features.map((_, i) => i).filter((i) => !seen.has(i));
  const count = hidden.length + (view.spec.globals.leftOut ?? 0);
  if (count === 0) return null;
  const sums = groups.map((group) => {
    const known = hidden.map((i) => group.values[i]).filter((value) => Number.isFinite(value));
    return known.reduce((sum, value) => sum + value, group.rest);
  });
  return { count, sums };
}

/** Share of all importance that some features of the first group carry; NaN where it is none. */
export function shareOf(group: Group, features: readonly number[]): number {
  const all = Array.from(group.values).filter(Number.isFinite);
  const total = all.reduce((sum, value) => sum + Math.abs(value), Math.abs(group.rest));
  const part = features.reduce((sum, i) => sum + Math.abs(group.values[i] || 0), 0);
  return total > 0 ? part / total : Number.NaN;
}

/** One explanation among several, as shares and ranks: what different units have in common. */
export interface Other {
  readonly name: string;
  readonly method: string;
  readonly measure: string;
  /** Share of all importance, by feature. */
  readonly shares: ReadonlyMap<string, number>;
  /** 1 for the most important feature. */
  readonly ranks: ReadonlyMap<string, number>;
}

/** Return shares and ranks of an explanation. */
export function sharesOfBeside(
  beside: Pick<Beside, 'name' | 'method' | 'measure' | 'features' | 'values'>,
): Other {
  const sizes = beside.values.map((value) => (Number.isFinite(value) ? Math.abs(value) : 0));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const order = sizes.map((_, i) => i).sort((a, b) => sizes[b] - sizes[a] || a - b);
  const ranks = new Map(order.map((i, place) => [beside.features[i], place + 1]));
  const shares = new Map(
    beside.features.map((name, i) => [name, total > 0 ? sizes[i] / total : 0]),
  );
  return { name: beside.name, method: beside.method, measure: beside.measure, shares, ranks };
}

/** Features of several explanations, by their largest share. */
export function besideOrder(others: readonly Other[], most: number): string[] {
  const names = [...new Set(others.flatMap((other) => [...other.shares.keys()]))];
  const largest = (name: string) => Math.max(...others.map((other) => other.shares.get(name) ?? 0));
  return names.sort((a, b) => largest(b) - largest(a)).slice(0, most);
}

/** Values of rows, sizes where no sign is wanted; evenly thinned where they are too many. */
export function spreadOf(
  column: Float64Array,
  rows: Uint32Array,
  signed: boolean,
  most: number,
): Float64Array {
  const step = Math.max(1, rows.length / most);
  const count = Math.min(rows.length, most);
  return Float64Array.from({ length: count }, (_, i) => {
    const value = column[rows[Math.floor(i * step)]];
    return signed ? value : Math.abs(value);
  });
}
