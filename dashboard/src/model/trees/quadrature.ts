/**
 * Path-dependent attributions of trees, exact by Gauss-Legendre quadrature.
 *
 * The Shapley values of a leaf's game, a product over its path's features, are integrals over
 * [0, 1]: phi_i = v (o_i - z_i) int prod_{j != i} ((1 - t) z_j + t o_j) dt, with z_j the fraction
 * of the training rows that follows the merged condition j, and o_j whether the row does. For d
 * features ceil(d / 2) points are exact. One walk over a tree carries the products down and the
 * sums of leaves up, as `mlflow_explain.engines.trees.kernels.quadrature_of_rows`.
 */

import { gauss, type Rule } from '../gauss.ts';
import { type Forest, goesLeft } from './forest.ts';
import type { Paths } from './paths.ts';

/** What is known of the path, by depth. */
interface Levels {
  /** Whether the row meets the merged condition. */
  readonly met: Uint8Array;
  /** One over the condition's factor where it is met, (levels, points). */
  readonly inverse: Float64Array;
  /** Of the path's factors, (levels, points). */
  readonly product: Float64Array;
  /** Sum over the leaves below of product times value, (levels, outputs, points). */
  readonly below: Float64Array;
  /** Node that is open at a depth. */
  readonly opened: Int32Array;
}

/** One tree and one row. */
interface Walk {
  readonly forest: Forest;
  readonly paths: Paths;
  readonly levels: Levels;
  readonly slots: number;
  /** Points of the integral, and weights over 1 - point. */
  points: Float64Array;
  weights: Float64Array;
  /** Outputs the tree adds to: `perLeaf` from this one. */
  output: number;
  /** Where the row's attributions begin. */
  to: number;
  readonly out: Float64Array;
}

/** What each slot adds to each output, (rows, outputs, slots). */
export function pathDependent(
  forest: Forest,
  paths: Paths,
  codes: Int32Array,
  rows: number,
  slots: number,
): Float64Array {
  const out = new Float64Array(rows * forest.outputs * slots);
  const most = Math.ceil(Math.max(1, ...paths.degree) / 2);
  const walk: Walk = {
    forest,
    paths,
    levels: levelsOf(paths.levels + 1, most, forest.perLeaf),
    slots,
    points: new Float64Array(0),
    weights: new Float64Array(0),
    output: 0,
    to: 0,
    out,
  };
  for (let tree = 0; tree + 1 < forest.roots.length; tree++) {
    const rule: Rule = gauss(Math.max(1, Math.ceil(paths.degree[tree] / 2)));
    walk.points = rule.points;
    walk.weights = rule.weights.map((weight, p) => weight / (1 - rule.points[p]));
    walk.output = forest.outputOf === null ? 0 : forest.outputOf[tree];
    for (let row = 0; row < rows; row++) {
      walk.to = row * forest.outputs * slots;
      walkTree(walk, codes, row * forest.columns.length, tree);
    }
  }
  return out;
}

function levelsOf(levels: number, points: number, perLeaf: number): Levels {
  return {
    met: new Uint8Array(levels),
    inverse: new Float64Array(levels * points),
    product: new Float64Array(levels * points),
    below: new Float64Array(levels * points * perLeaf),
    opened: new Int32Array(levels),
  };
}

function walkTree(walk: Walk, codes: Int32Array, base: number, tree: number): void {
  const { forest, paths, levels } = walk;
  const end = forest.roots[tree + 1];
  const n = walk.points.length;
  // At the root everything is met.
  levels.met[0] = 1;
  levels.inverse.fill(1, 0, n);
  levels.product.fill(1, 0, n);
  let level = 0;
  let i = forest.roots[tree] + 1;
  while (i < end) {
    const depth = paths.depth[i];
    for (; level >= depth; level--) close(walk, levels.opened[level]);
    const left = goesLeft(forest, codes, base, paths.above[i]);
    const met = levels.met[paths.anchor[i]] === 1 && left === (paths.isLeft[i] === 1);
    levels.met[depth] = met ? 1 : 0;
    if (!met && paths.share[i] === 0) {
      // Neither the row nor any training row comes here: nothing below counts.
      i = paths.end[i];
      continue;
    }
    extend(walk, i, met);
    if (paths.end[i] === i + 1) {
      addLeaf(walk, i);
    } else {
      open(walk, i, met);
      level = depth;
      levels.opened[level] = i;
    }
    i++;
  }
  for (; level > 0; level--) close(walk, levels.opened[level]);
}

/** Writes the product of the path to a node. */
function extend(walk: Walk, i: number, met: boolean): void {
  const { paths, points } = walk;
  const { product, inverse } = walk.levels;
  const n = points.length;
  const here = paths.depth[i] * n;
  const above = here - n;
  const anchor = paths.anchor[i] * n;
  const share = paths.share[i];
  if (met) {
    for (let p = 0; p < n; p++) {
      const factor = (1 - points[p]) * share + points[p];
      product[here + p] = product[above + p] * inverse[anchor + p] * factor;
    }
  } else if (walk.levels.met[paths.anchor[i]] === 1) {
    for (let p = 0; p < n; p++) {
      product[here + p] = product[above + p] * inverse[anchor + p] * ((1 - points[p]) * share);
    }
  } else {
    // A row that does not meet the anchor does not meet the merged condition.
    const ratio = share / paths.anchorShare[i];
    for (let p = 0; p < n; p++) product[here + p] = product[above + p] * ratio;
  }
}

function open(walk: Walk, i: number, met: boolean): void {
  const { points, paths, levels, forest } = walk;
  const n = points.length;
  const here = paths.depth[i] * n;
  if (met) {
    const share = paths.share[i];
    for (let p = 0; p < n; p++) {
      levels.inverse[here + p] = 1 / ((1 - points[p]) * share + points[p]);
    }
  }
  levels.below.fill(0, here * forest.perLeaf, (here + n) * forest.perLeaf);
}

/** Adds a leaf to the sums of its parent, and closes its edge. */
function addLeaf(walk: Walk, i: number): void {
  const { forest, paths, levels, points } = walk;
  const n = points.length;
  const k = forest.perLeaf;
  const here = paths.depth[i] * n;
  const leaf = forest.nodes[i * 4] * k;
  const total = edge(walk, i, levels.product, here, 1);
  const up = (here - n) * k;
  for (let output = 0; output < k; output++) {
    const value = forest.values[leaf + output];
    walk.out[walk.to + (walk.output + output) * walk.slots + paths.slot[i]] += value * total;
    if (paths.depth[i] === 1) continue;
    for (let p = 0; p < n; p++) {
      levels.below[up + output * n + p] += value * levels.product[here + p];
    }
  }
}

/** Adds what is below an edge to its feature's attributions, and to what is below its parent. */
function close(walk: Walk, i: number): void {
  const { forest, paths, levels, points } = walk;
  if (paths.depth[i] === 0) return;
  const n = points.length;
  const k = forest.perLeaf;
  const depth = paths.depth[i];
  for (let output = 0; output < k; output++) {
    const here = depth * n * k + output * n;
    const at = walk.to + (walk.output + output) * walk.slots + paths.slot[i];
    walk.out[at] += edge(walk, i, levels.below, here, 0);
    if (depth === 1) continue;
    const up = here - n * k;
    for (let p = 0; p < n; p++) levels.below[up + p] += levels.below[here + p];
  }
}

/**
 * The integral of what is below an edge times the difference its condition makes, less its
 * anchor's. A leaf was not opened: its own inverse follows from its share.
 */
function edge(walk: Walk, i: number, below: Float64Array, at: number, isLeaf: 0 | 1): number {
  const { paths, weights, points, levels } = walk;
  const n = weights.length;
  const anchor = paths.anchor[i] * n;
  let total = 0;
  if (levels.met[paths.depth[i]] === 1) {
    const own = paths.depth[i] * n;
    const share = paths.share[i];
    for (let p = 0; p < n; p++) {
      const inverse =
        isLeaf === 1 ? 1 / ((1 - points[p]) * share + points[p]) : levels.inverse[own + p];
      total += weights[p] * below[at + p] * (inverse - levels.inverse[anchor + p]);
    }
  } else if (levels.met[paths.anchor[i]] === 1) {
    for (let p = 0; p < n; p++) total -= weights[p] * below[at + p] * levels.inverse[anchor + p];
  }
  return total;
}
