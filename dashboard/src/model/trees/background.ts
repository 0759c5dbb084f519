/**
 * Interventional attributions of trees, exact over a background.
 *
 * Against one background row the game of a leaf is a product: with `a` features on which the row
 * alone meets the path and `b` on which the other alone does, the former get v (a-1)! b! / (a+b)!
 * each and the latter -v a! (b-1)! / (a+b)!. A leaf whose path both fail on a feature adds nothing.
 * A leaf keeps which conditions background rows fail, equal ones once: a row is compared with these
 * sets of bits, never with rows.
 */

import { gains } from '../gauss.ts';
import { type Forest, goesLeft, STRIDE } from './forest.ts';
import type { Paths } from './paths.ts';

/** Conditions failed, of all leaves. */
export interface Failures {
  /** Words of bits per set: one holds 32 conditions. */
  readonly words: number;
  /** First set of each leaf, and after the last. */
  readonly starts: Int32Array;
  /** Sets of conditions failed by a background row, a bit per place on the path. */
  readonly sets: Int32Array;
  /** Share of the background that fails exactly these. */
  readonly shares: Float64Array;
  /** Slots of the places of each leaf's path: `degree` numbers a leaf. */
  readonly slots: Int32Array;
  readonly degree: number;
  /** See `gains`. */
  readonly gain: Float64Array;
}

export function failuresOf(
  forest: Forest,
  paths: Paths,
  codes: Int32Array,
  rows: number,
): Failures {
  const degree = Math.max(1, ...paths.degree);
  const words = Math.ceil(degree / 32);
  const leaves = forest.covers.length;
  const failed = new Int32Array(leaves * rows * words);
  for (let row = 0; row < rows; row++) {
    writeFailed(forest, paths, codes, row * forest.columns.length, words, (leaf, set, at) => {
      const to = (leaf * rows + row) * words;
      for (let w = 0; w < words; w++) failed[to + w] = set[at + w];
    });
  }
  return {
    words,
    ...distinct(failed, leaves, rows, words),
    slots: slotsOf(forest, paths, degree),
    degree,
    gain: gains(degree),
  };
}

/** Calls back with each leaf and the set of conditions of its path that a row fails. */
function writeFailed(
  forest: Forest,
  paths: Paths,
  codes: Int32Array,
  base: number,
  words: number,
  found: (leaf: number, sets: Int32Array, at: number) => void,
): void {
  const { nodes, roots } = forest;
  const sets = new Int32Array((paths.levels + 1) * words);
  for (let tree = 0; tree + 1 < roots.length; tree++) {
    if (nodes[roots[tree] * STRIDE + 3] === 0) found(nodes[roots[tree] * STRIDE], sets, 0);
    for (let i = roots[tree] + 1; i < roots[tree + 1]; i++) {
      const at = paths.depth[i] * words;
      for (let w = 0; w < words; w++) sets[at + w] = sets[at - words + w];
      const left = goesLeft(forest, codes, base, paths.above[i]);
      if (left !== (paths.isLeft[i] === 1)) {
        sets[at + (paths.place[i] >> 5)] |= 1 << (paths.place[i] & 31);
      }
      if (nodes[i * STRIDE + 3] === 0) found(nodes[i * STRIDE], sets, at);
    }
  }
}

/** Equal sets of a leaf once, with the share of the background they stand for. */
function distinct(failed: Int32Array, leaves: number, rows: number, words: number) {
  const starts = new Int32Array(leaves + 1);
  const sets: number[] = [];
  const shares: number[] = [];
  for (let leaf = 0; leaf < leaves; leaf++) {
    const counts = new Map<number | string, [at: number, count: number]>();
    for (let row = 0; row < rows; row++) {
      const at = (leaf * rows + row) * words;
      const key = words === 1 ? failed[at] : failed.subarray(at, at + words).join();
      const known = counts.get(key);
      if (known === undefined) counts.set(key, [at, 1]);
      else known[1]++;
    }
    for (const [at, count] of counts.values()) {
      for (let w = 0; w < words; w++) sets.push(failed[at + w]);
      shares.push(count / rows);
    }
    starts[leaf + 1] = shares.length;
  }
  return { starts, sets: Int32Array.from(sets), shares: Float64Array.from(shares) };
}

/** Slots of the places on each leaf's path. */
function slotsOf(forest: Forest, paths: Paths, degree: number): Int32Array {
  const slots = new Int32Array(forest.covers.length * degree);
  const path = new Int32Array(degree);
  for (let i = 0; i < paths.depth.length; i++) {
    if (paths.depth[i] > 0) path[paths.place[i]] = paths.slot[i];
    if (forest.nodes[i * STRIDE + 3] !== 0) continue;
    slots.set(path.subarray(0, paths.distinct[i]), forest.nodes[i * STRIDE] * degree);
  }
  return slots;
}

/** What each slot adds to each output, (rows, outputs, slots). */
export function interventional(
  forest: Forest,
  paths: Paths,
  failures: Failures,
  codes: Int32Array,
  rows: number,
  slots: number,
): Float64Array {
  const { outputs, perLeaf } = forest;
  const out = new Float64Array(rows * outputs * slots);
  const added = new Float64Array(failures.degree);
  const outputOf = outputOfLeaf(forest);
  for (let row = 0; row < rows; row++) {
    const base = row * forest.columns.length;
    writeFailed(forest, paths, codes, base, failures.words, (leaf, set, at) => {
      if (!compare(failures, leaf, set, at, added)) return;
      for (let k = 0; k < perLeaf; k++) {
        const value = forest.values[leaf * perLeaf + k];
        const to = (row * outputs + outputOf[leaf] + k) * slots;
        for (let place = 0; place < added.length; place++) {
          if (added[place] === 0) continue;
          out[to + failures.slots[leaf * failures.degree + place]] += value * added[place];
        }
      }
    });
  }
  return out;
}

function outputOfLeaf(forest: Forest): Int32Array {
  const output = new Int32Array(forest.covers.length);
  if (forest.outputOf === null) return output;
  let tree = 0;
  for (let i = 0; i < forest.nodes.length / STRIDE; i++) {
    if (i === forest.roots[tree + 1]) tree++;
    if (forest.nodes[i * STRIDE + 3] === 0) {
      output[forest.nodes[i * STRIDE]] = forest.outputOf[tree];
    }
  }
  return output;
}

/** Writes what a leaf of value 1 adds by place; false where it adds nothing. */
function compare(
  failures: Failures,
  leaf: number,
  set: Int32Array,
  at: number,
  added: Float64Array,
): boolean {
  const { words, sets, starts, shares, gain } = failures;
  const width = failures.degree + 1;
  let b = 0;
  for (let w = 0; w < words; w++) b += bits(set[at + w]);
  let lost = 0;
  let any = false;
  for (let e = starts[leaf]; e < starts[leaf + 1]; e++) {
    let clash = 0;
    let a = 0;
    for (let w = 0; w < words; w++) {
      const other = sets[e * words + w];
      clash |= other & set[at + w];
      a += bits(other);
    }
    // Both fail a condition, or both meet all: nothing is gained or lost.
    if (clash !== 0 || a + b === 0) continue;
    if (!any) added.fill(0);
    any = true;
    lost += shares[e] * gain[b * width + a];
    if (a > 0) spread(sets, e * words, words, shares[e] * gain[a * width + b], added);
  }
  if (any && lost > 0) spread(set, at, words, -lost, added);
  return any;
}

/** Adds a number at the place of every bit that is set. */
function spread(
  set: Int32Array,
  at: number,
  words: number,
  value: number,
  added: Float64Array,
): void {
  for (let w = 0; w < words; w++) {
    for (let rest = set[at + w]; rest !== 0; rest &= rest - 1) {
      added[w * 32 + 31 - Math.clz32(rest & -rest)] += value;
    }
  }
}

/** How many bits of 32 are set. */
function bits(word: number): number {
  let n = word - ((word >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
