/**
 * What nodes know of the path to them. The conditions on one feature along a path are one
 * condition: a leaf at depth 20 on 8 features has 8 conditions.
 */

import { type Forest, nodeCount, STRIDE } from './forest.ts';

/** An edge is told by the node it leads to. */
export interface Paths {
  /** Edges from the root. */
  readonly depth: Int32Array;
  /** Depth of the nearest edge above on the same feature; 0: none. */
  readonly anchor: Int32Array;
  /** Place of the edge's feature among the distinct ones of its path. */
  readonly place: Int32Array;
  /** Distinct features of the path. */
  readonly distinct: Int32Array;
  /** Where in `Forest.nodes` the split above is. */
  readonly above: Int32Array;
  /** 1 for left children. */
  readonly isLeft: Uint8Array;
  /** Slot the split above asks. */
  readonly slot: Int32Array;
  /** After the last node of the subtree. */
  readonly end: Int32Array;
  /** Fraction of the training rows that follow the merged condition, and the anchor's. */
  readonly share: Float64Array;
  readonly anchorShare: Float64Array;
  /** Most distinct features on a path, per tree. */
  readonly degree: Int32Array;
  /** Depth of the deepest node. */
  readonly levels: number;
}

type Draft = { -readonly [K in keyof Paths]: Paths[K] };

export function pathsOf(forest: Forest): Paths {
  const n = nodeCount(forest);
  const ints = () => new Int32Array(n);
  const paths: Draft = {
    depth: ints(),
    anchor: ints(),
    place: ints(),
    distinct: ints(),
    above: ints(),
    isLeft: new Uint8Array(n),
    slot: ints(),
    end: ints(),
    share: new Float64Array(n),
    anchorShare: new Float64Array(n),
    degree: new Int32Array(forest.roots.length - 1),
    levels: 0,
  };
  const covers = coversOf(forest);
  for (let tree = 0; tree + 1 < forest.roots.length; tree++) {
    writeTree(forest, covers, tree, paths);
  }
  return paths;
}

/** Training weight of every node. */
function coversOf(forest: Forest): Float64Array {
  const { nodes } = forest;
  const covers = new Float64Array(nodeCount(forest));
  // Children come after their parents.
  for (let i = covers.length - 1; i >= 0; i--) {
    const right = nodes[i * STRIDE + 3];
    covers[i] = right === 0 ? forest.covers[nodes[i * STRIDE]] : covers[i + 1] + covers[i + right];
  }
  return covers;
}

function writeTree(forest: Forest, covers: Float64Array, tree: number, paths: Draft): void {
  const [root, end] = [forest.roots[tree], forest.roots[tree + 1]];
  const parent = parentsOf(forest, root, end);
  // Nodes of the path to the node at hand, by depth.
  const path: number[] = [root];
  paths.share[root] = 1;
  paths.anchorShare[root] = 1;
  for (let i = root + 1; i < end; i++) {
    const up = parent[i - root];
    const d = paths.depth[up] + 1;
    path[d] = i;
    paths.depth[i] = d;
    paths.above[i] = up * STRIDE;
    paths.isLeft[i] = i === up + 1 ? 1 : 0;
    paths.slot[i] = forest.columns[forest.nodes[up * STRIDE]].slot;
    const share = covers[up] > 0 ? covers[i] / covers[up] : 0;
    merge(paths, i, up, share, path);
    paths.levels = Math.max(paths.levels, d);
    paths.degree[tree] = Math.max(paths.degree[tree], paths.distinct[i]);
  }
  for (let i = end - 1; i >= root; i--) {
    const right = forest.nodes[i * STRIDE + 3];
    paths.end[i] = right === 0 ? i + 1 : paths.end[i + right];
  }
}

function parentsOf(forest: Forest, root: number, end: number): Int32Array {
  const parent = new Int32Array(end - root);
  for (let i = root; i < end; i++) {
    const right = forest.nodes[i * STRIDE + 3];
    if (right === 0) continue;
    parent[i + 1 - root] = i;
    parent[i + right - root] = i;
  }
  return parent;
}

/** Writes what a node knows of the condition its edge is part of. */
function merge(paths: Draft, i: number, up: number, share: number, path: readonly number[]): void {
  for (let d = paths.depth[up]; d > 0; d--) {
    const anchor = path[d];
    if (paths.slot[anchor] !== paths.slot[i]) continue;
    paths.anchor[i] = d;
    paths.place[i] = paths.place[anchor];
    paths.distinct[i] = paths.distinct[up];
    paths.anchorShare[i] = paths.share[anchor];
    paths.share[i] = share * paths.share[anchor];
    return;
  }
  paths.place[i] = paths.distinct[up];
  paths.distinct[i] = paths.distinct[up] + 1;
  paths.anchorShare[i] = 1;
  paths.share[i] = share;
}
