/** Small random trees for tests, written twice: as a page holds them, and as nested objects. */

import type { Numbers } from '../../payload/types.ts';
import type { Game, TreesCore } from '../types.ts';

/** A tree as a textbook has it. */
export type Tree =
  | { readonly value: readonly number[]; readonly cover: number }
  | {
      readonly slot: number;
      readonly threshold: number;
      readonly set: readonly number[] | null;
      readonly missingLeft: boolean;
      readonly zeroIsMissing: boolean;
      readonly left: Tree;
      readonly right: Tree;
    };

export interface Made {
  readonly core: TreesCore;
  readonly arrays: Readonly<Record<string, Numbers>>;
  readonly trees: readonly Tree[];
  readonly slots: number;
}

export interface Kind {
  readonly trees: number;
  readonly depth: number;
  readonly slots: number;
  readonly outputs?: number;
  /** Whether each tree adds to one output only. */
  readonly inTurn?: boolean;
  readonly float32?: boolean;
  readonly missing?: boolean;
  readonly zeros?: boolean;
  /** Slots that hold categories 0 to 5. */
  readonly categories?: readonly number[];
}

/** Numbers in [0, 1) that are the same in every run. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export function forest(kind: Kind, seed = 1): Made {
  const random = randomOf(seed);
  const trees = Array.from({ length: kind.trees }, () => grown(kind, random, kind.depth));
  return written(kind, trees);
}

function grown(kind: Kind, random: () => number, depth: number): Tree {
  const width = kind.inTurn ? 1 : (kind.outputs ?? 1);
  if (depth === 0 || random() < 0.1) {
    const value = Array.from({ length: width }, () => random() * 2 - 1);
    return { value, cover: Math.floor(random() * 20) };
  }
  const slot = Math.floor(random() * kind.slots);
  const isSet = kind.categories?.includes(slot) ?? false;
  return {
    slot,
    threshold: Math.round((random() * 4 - 2) * 8) / 8,
    set: isSet ? [0, 1, 2, 3, 4, 40].filter(() => random() < 0.5) : null,
    missingLeft: (kind.missing ?? false) && random() < 0.5,
    zeroIsMissing: !isSet && (kind.zeros ?? false) && random() < 0.5,
    left: grown(kind, random, depth - 1),
    right: grown(kind, random, depth - 1),
  };
}

function written(kind: Kind, trees: readonly Tree[]): Made {
  const table = Array.from({ length: kind.slots }, () => new Set<number>());
  visit(trees, (node) => {
    if (!('value' in node) && node.set === null) table[node.slot].add(node.threshold);
  });
  const sorted = table.map((values) => [...values].sort((a, b) => a - b));
  const w = { feature: [] as number[], threshold: [] as number[], right: [] as number[] };
  const [flags, values, covers, roots]: number[][] = [[], [], [], []];
  const sets: number[][] = [];
  const write = (node: Tree): void => {
    const at = w.right.length;
    w.right.push(0);
    w.feature.push('value' in node ? 0 : node.slot);
    w.threshold.push(0);
    flags.push(0);
    if ('value' in node) {
      values.push(...node.value);
      covers.push(node.cover);
      return;
    }
    flags[at] = (node.missingLeft ? 1 : 0) + (node.zeroIsMissing ? 2 : 0) + (node.set ? 4 : 0);
    if (node.set !== null) sets.push([...node.set]);
    w.threshold[at] = node.set ? sets.length - 1 : sorted[node.slot].indexOf(node.threshold);
    write(node.left);
    w.right[at] = w.right.length - at;
    write(node.right);
  };
  for (const tree of trees) {
    roots.push(w.right.length);
    write(tree);
  }
  const outputs = kind.outputs ?? 1;
  const words = sets.map(wordsOf);
  const arrays: Record<string, Numbers> = {
    roots: Uint32Array.from(roots),
    feature: Uint8Array.from(w.feature),
    threshold: Uint16Array.from(w.threshold),
    right: Uint32Array.from(w.right),
    flags: Uint8Array.from(flags),
    thresholds: Float64Array.from(sorted.flat()),
    thresholdStarts: Uint32Array.from(startsOf(sorted)),
    values: Float64Array.from(values),
    covers: Float64Array.from(covers),
    setWords: Uint32Array.from(words.flat()),
    setStarts: Uint32Array.from(startsOf(words)),
    outputOf: Uint8Array.from(trees, (_, i) => i % outputs),
  };
  const offset = Array.from({ length: outputs }, (_, i) => 0.25 * (i + 1));
  const core: TreesCore = {
    kind: 'trees',
    float32: kind.float32 ?? false,
    ...named('roots', 'feature', 'threshold', 'right', 'flags', 'thresholds', 'thresholdStarts'),
    ...named('values', 'covers', 'setWords', 'setStarts'),
    ...(kind.inTurn ? { outputOf: 'outputOf' } : {}),
    offset,
    outputs,
  };
  return { core, arrays, trees, slots: kind.slots };
}

function named<K extends string>(...names: K[]): Record<K, string> {
  return Object.fromEntries(names.map((name) => [name, name as string])) as Record<K, string>;
}

function startsOf(lists: readonly (readonly number[])[]): number[] {
  const starts = [0];
  for (const list of lists) starts.push(starts[starts.length - 1] + list.length);
  return starts;
}

function wordsOf(set: readonly number[]): number[] {
  const words = new Array<number>(Math.floor(Math.max(0, ...set) / 32) + 1).fill(0);
  for (const member of set) words[member >> 5] = (words[member >> 5] | (1 << (member & 31))) >>> 0;
  return words;
}

function visit(trees: readonly Tree[], see: (node: Tree) => void): void {
  for (const tree of trees) {
    see(tree);
    if (!('value' in tree)) visit([tree.left, tree.right], see);
  }
}

/** Whether a value goes left at a split, as the contract says it. */
export function left(node: Exclude<Tree, { cover: number }>, x: number, float32: boolean): boolean {
  const value = float32 ? Math.fround(x) : x;
  const missing = Number.isNaN(value) || (node.zeroIsMissing && Math.abs(value) <= 1e-35);
  if (missing) return node.missingLeft;
  return node.set === null ? value <= node.threshold : node.set.includes(value);
}

/** Rows of values that sit on thresholds, beside them, and where asked are missing. */
export function rowsFor(kind: Kind, count: number, seed = 2): number[][] {
  const random = randomOf(seed);
  return Array.from({ length: count }, () =>
    Array.from({ length: kind.slots }, (_, slot) => {
      if (kind.missing && random() < 0.15) return Number.NaN;
      if (kind.zeros && random() < 0.15) return 0;
      if (kind.categories?.includes(slot))
        return [0, 1, 2, 3, 4, 5, 40, 2.5, -1][Math.floor(random() * 9)];
      const value = Math.round((random() * 4 - 2) * 8) / 8;
      return random() < 0.5 ? value : value + (random() - 0.5) * 1e-9;
    }),
  );
}

/** Rows to slots. */
export function columnsOf(rows: readonly (readonly number[])[]): Float64Array[] {
  return rows[0].map((_, slot) => Float64Array.from(rows, (row) => row[slot]));
}

export const NO_GAME: Game = { kind: 'none', baseValues: [], fold: [] };
