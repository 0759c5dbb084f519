/** Outputs of trees: each row to the leaves it reaches. */

import { type Forest, isIn, SET } from './forest.ts';

/** Rows taken through a tree while it is in the fastest caches. */
const BLOCK = 256;

/** Sum of the trees and the offset, (rows, outputs). */
export function outputsOf(forest: Forest, codes: Int32Array, rows: number): Float64Array {
  const out = new Float64Array(rows * forest.outputs);
  for (let i = 0; i < out.length; i++) out[i] = forest.offset[i % forest.outputs];
  for (let first = 0; first < rows; first += BLOCK) {
    const end = Math.min(rows, first + BLOCK);
    for (let tree = 0; tree + 1 < forest.roots.length; tree++) {
      addTree(forest, codes, tree, first, end, out);
    }
  }
  return out;
}

function addTree(
  forest: Forest,
  codes: Int32Array,
  tree: number,
  first: number,
  end: number,
  out: Float64Array,
): void {
  const { values, perLeaf, outputs } = forest;
  const width = forest.columns.length;
  const root = forest.roots[tree] * 4;
  const output = forest.outputOf === null ? 0 : forest.outputOf[tree];
  for (let row = first; row < end; row++) {
    const leaf = leafOf(forest, codes, row * width, root);
    const to = row * outputs + output;
    for (let k = 0; k < perLeaf; k++) out[to + k] += values[leaf * perLeaf + k];
  }
}

/** Number of the leaf a row reaches: `goesLeft`, written out as it takes nearly all the time. */
function leafOf(forest: Forest, codes: Int32Array, base: number, root: number): number {
  const { nodes } = forest;
  let at = root;
  while (nodes[at + 3] !== 0) {
    const code = codes[base + nodes[at]];
    const low = nodes[at + 1];
    const left =
      low < SET
        ? (code - low) >>> 0 <= nodes[at + 2]
        : code === 0
          ? low > SET
          : isIn(forest, nodes[at + 2], code);
    at += left ? 4 : nodes[at + 3] * 4;
  }
  return nodes[at];
}
