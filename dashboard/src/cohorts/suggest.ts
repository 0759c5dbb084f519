/**
 * Cohorts on which the model is worst: one condition, or two on different features, whose rows lose
 * clearly more than all others. Pure and repeatable: the same page gives the same answer.
 *
 * Every feature's values fall into at most six bins (quantiles; or the most frequent categories).
 * Ranges of neighbouring bins that hold 5 % to half of the rows are candidates, alone and in pairs. A
 * candidate stays where a z-test of its mean loss against that of all other rows holds after a
 * correction for their number: single ones share 2.5 % by Benjamini and Hochberg, so that one clear
 * group does not hide the next; pairs share 2.5 % by Bonferroni, and have to hold within either of
 * their conditions, too. Chance alone so suggests any on fewer than one page in twenty. Losses are cut at their 99 % point first: one odd row is no cohort.
 */

import { normalQuantile } from '../metrics/normal.ts';
import { sampleOf } from '../metrics/random.ts';
import type { Page } from '../payload/page.ts';
import type { Filter } from '../payload/types.ts';
import { matching } from '../state/filters.ts';
import { mean, quantile } from '../stats/summary.ts';
import { type Binned, binnedOf, conditionOf, featuresOf, type Range, rangesOf } from './bins.ts';

/** A cohort on which the model is worse than elsewhere. */
interface Suggestion {
  readonly filter: Filter;
  readonly rows: number;
  /** Mean loss in it, and in all other rows. */
  readonly loss: number;
  readonly rest: number;
}

/** What was looked for, and what was found. */
export interface Suggestions {
  readonly loss: 'error rate' | 'mean |residual|';
  readonly found: readonly Suggestion[];
  /** Single conditions that are not clear after the correction, but would be as the only one. */
  readonly possible: readonly Suggestion[];
  /** As many single conditions were looked at. */
  readonly alone: number;
  readonly candidates: number;
  /** Rows the search looked at: a sample of many. */
  readonly searched: number;
  readonly least: number;
}

const MOST_SEARCHED = 20_000;
const MOST_PAIRED = 14;
const MOST_FOUND = 5;
const LEAST_ROWS = 30;
const LEAST_SHARE = 0.05;
const MOST_SHARE = 0.5;
/** Single conditions and pairs have half of 5 % each. */
const LEVEL = 0.025;
/** One single condition in a hundred is as far off by chance. */
const POSSIBLE = normalQuantile(0.99);
const MOST_POSSIBLE = 3;

interface Sums {
  count: number;
  loss: number;
  squares: number;
}

interface Candidate extends Sums {
  readonly parts: readonly { readonly at: number; readonly range: Range }[];
  readonly z: number;
}

/** Return the loss of every row, NaN where it is unknown; null where the page cannot tell. */
function lossesOf(page: Page): Float64Array | null {
  const { rows, payload } = page;
  if (!rows.hasActual || !rows.hasPredicted) return null;
  const isClassification = payload.task === 'classification';
  return Float64Array.from({ length: rows.count }, (_, row) => {
    const off = rows.actual(row) - rows.predicted(row);
    return isClassification && !Number.isNaN(off) ? Number(off !== 0) : Math.abs(off);
  });
}

/** Return the cohorts on which the model is worst; null where its errors are not known. */
export function suggested(page: Page): Suggestions | null {
  const losses = lossesOf(page);
  if (losses === null) return null;
  const known = Uint32Array.from(losses.keys()).filter((row) => !Number.isNaN(losses[row]));
  const rows = sampleOf(known.length, MOST_SEARCHED).map((i) => known[i]);
  const cut = quantile(Float64Array.from(rows, (row) => losses[row]).sort(), 0.99);
  const isShare = page.payload.task === 'classification';
  const searched = Float64Array.from(rows, (row) =>
    isShare ? losses[row] : Math.min(losses[row], cut),
  );
  const least = Math.max(LEAST_ROWS, Math.ceil(LEAST_SHARE * rows.length));
  const binned = featuresOf(page).flatMap((column) => binnedOf(column, rows) ?? []);
  const { clear, possible, alone, candidates } = search(binned, searched, least);
  const found = distinct(page, clear, binned, losses, [], MOST_FOUND);
  const more = distinct(page, possible, binned, losses, found, MOST_POSSIBLE);
  return {
    loss: isShare ? 'error rate' : 'mean |residual|',
    found: suggestionsOf(found),
    possible: suggestionsOf(more),
    alone,
    candidates,
    searched: rows.length,
    least,
  };
}

interface Searched {
  readonly clear: readonly Candidate[];
  readonly possible: readonly Candidate[];
  /** Single conditions among the candidates. */
  readonly alone: number;
  readonly candidates: number;
}

function search(binned: readonly Binned[], losses: Float64Array, least: number): Searched {
  const all: Candidate[] = [];
  const n = losses.length;
  if (n < 2 * least) return { clear: [], possible: [], alone: 0, candidates: 0 };
  const whole = sumsOf(losses);
  const singles = new Map<string, Candidate>();
  binned.forEach((feature, at) => {
    for (const one of candidatesOf([feature], [at], losses)) {
      const rated = { ...one, z: zOf(one, whole) };
      singles.set(keyOf(one.parts[0]), rated);
      if (fits(one, n, least)) all.push(rated);
    }
  });
  const paired = Math.min(binned.length, MOST_PAIRED);
  for (let a = 0; a < paired; a++) {
    for (let b = a + 1; b < paired; b++) {
      for (const one of candidatesOf([binned[a], binned[b]], [a, b], losses)) {
        if (fits(one, n, least)) all.push({ ...one, z: zOf(one, whole) });
      }
    }
  }
  const alone = all.filter((one) => one.parts.length === 1);
  const wantedAlone = clearFrom(alone);
  const wanted = normalQuantile(1 - LEVEL / Math.max(1, all.length - alone.length));
  const clear = all.filter((one) => {
    if (one.parts.length === 1) return one.z >= wantedAlone;
    if (one.z < wanted) return false;
    // A pair has to say more than either of its conditions alone.
    return one.parts.every((part) => {
      const alone = singles.get(keyOf(part));
      return alone !== undefined && zOf(one, alone) >= wanted;
    });
  });
  const possible = alone.filter((one) => one.z >= POSSIBLE && !clear.includes(one));
  return { clear, possible, alone: alone.length, candidates: all.length };
}

/** z from which single conditions are clear: the k clearest of m are, where each holds at k/m of the level. */
function clearFrom(alone: readonly Candidate[]): number {
  const sorted = alone.map((one) => one.z).sort((a, b) => b - a);
  for (let k = sorted.length; k > 0; k--) {
    const wanted = normalQuantile(1 - (LEVEL * k) / sorted.length);
    if (sorted[k - 1] >= wanted) return wanted;
  }
  return Number.POSITIVE_INFINITY;
}

function keyOf(part: Candidate['parts'][number]): string {
  return `${part.at} ${part.range.from} ${part.range.to}`;
}

function fits(one: Sums, n: number, least: number): boolean {
  // Of a group of most rows one learns where the model is good, not where it is bad.
  return one.count >= least && one.count <= MOST_SHARE * n;
}

function sumsOf(losses: Float64Array): Sums {
  let loss = 0;
  let squares = 0;
  for (const one of losses) {
    loss += one;
    squares += one * one;
  }
  return { count: losses.length, loss, squares };
}

/** Distance of the mean loss to that of the other rows of a larger set, in standard errors. */
function zOf(part: Sums, whole: Sums): number {
  const others = whole.count - part.count;
  const center = whole.loss / whole.count;
  const deviation = Math.sqrt(Math.max(0, whole.squares / whole.count - center * center));
  if (part.count === 0 || others === 0 || !(deviation > 1e-12)) return Number.NEGATIVE_INFINITY;
  const gap = part.loss / part.count - (whole.loss - part.loss) / others;
  return gap / (deviation * Math.sqrt(1 / part.count + 1 / others));
}

/** Sums of all ranges of one or two features, by tables that are summed from their corner. */
function candidatesOf(
  features: readonly Binned[],
  places: readonly number[],
  losses: Float64Array,
): readonly Omit<Candidate, 'z'>[] {
  const [first, second] = features;
  const wide = (second?.size ?? 1) + 1;
  const counts = new Float64Array((first.size + 1) * wide);
  const sums = new Float64Array(counts.length);
  const squares = new Float64Array(counts.length);
  for (let i = 0; i < losses.length; i++) {
    const at = (first.codes[i] + 1) * wide + (second === undefined ? 0 : second.codes[i]) + 1;
    counts[at]++;
    sums[at] += losses[i];
    squares[at] += losses[i] * losses[i];
  }
  for (const table of [counts, sums, squares]) cumulate(table, wide);
  const within = (table: Float64Array, a: Range, b: Range): number =>
    table[(a.to + 1) * wide + b.to + 1] -
    table[a.from * wide + b.to + 1] -
    table[(a.to + 1) * wide + b.from] +
    table[a.from * wide + b.from];
  const all: Range = { from: 0, to: 0 };
  const found: Omit<Candidate, 'z'>[] = [];
  for (const a of rangesOf(first)) {
    for (const b of second === undefined ? [all] : rangesOf(second)) {
      const parts = [{ at: places[0], range: a }];
      if (second !== undefined) parts.push({ at: places[1], range: b });
      found.push({
        parts,
        count: within(counts, a, b),
        loss: within(sums, a, b),
        squares: within(squares, a, b),
      });
    }
  }
  return found;
}

function cumulate(table: Float64Array, wide: number): void {
  for (let i = wide; i < table.length; i++) {
    if (i % wide === 0) continue;
    table[i] += table[i - 1] + table[i - wide] - table[i - wide - 1];
  }
}

/** A suggestion with its rows. */
interface Taken {
  readonly suggestion: Suggestion;
  readonly members: Set<number>;
}

/** The worst first, those that share most of their rows with a worse one left out. */
function distinct(
  page: Page,
  clear: readonly Candidate[],
  binned: readonly Binned[],
  losses: Float64Array,
  known: readonly Taken[],
  most: number,
): readonly Taken[] {
  const ordered = [...clear].sort((a, b) => b.z - a.z).slice(0, 60);
  const taken: Taken[] = [];
  for (const one of ordered) {
    if (taken.length === most) break;
    const filter = filterOf(one, binned);
    const members = new Set(matching(page, filter));
    if ([...known, ...taken].some((other) => overlap(members, other.members) > 0.5)) continue;
    taken.push({ suggestion: suggestionOf(filter, members, losses), members });
  }
  return taken;
}

function suggestionsOf(taken: readonly Taken[]): readonly Suggestion[] {
  return taken.map(({ suggestion }) => suggestion).sort((a, b) => b.loss - a.loss);
}

function overlap(a: Set<number>, b: Set<number>): number {
  let both = 0;
  for (const row of a) if (b.has(row)) both++;
  return both / (a.size + b.size - both);
}

function suggestionOf(filter: Filter, members: Set<number>, losses: Float64Array): Suggestion {
  const inside: number[] = [];
  const outside: number[] = [];
  losses.forEach((loss, row) => {
    if (!Number.isNaN(loss)) (members.has(row) ? inside : outside).push(loss);
  });
  return {
    filter,
    rows: members.size,
    loss: mean(Float64Array.from(inside)),
    rest: mean(Float64Array.from(outside)),
  };
}

function filterOf(candidate: Candidate, binned: readonly Binned[]): Filter {
  const conditions = candidate.parts.map(({ at, range }) => conditionOf(binned[at], range));
  return conditions.length === 1 ? conditions[0] : { all: conditions };
}
