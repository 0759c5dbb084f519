/** Trees as the page walks them: four integers a node, and what splits ask of a value. */

import type { Numbers } from '../../payload/types.ts';
import type { TreesCore } from '../types.ts';

/** What a column of codes is of: a slot's rank among thresholds, or its category. */
export interface Asked {
  readonly slot: number;
  /** `zero`: values as near to zero as makes no difference count as missing. */
  readonly kind: 'number' | 'zero' | 'category';
  /** Sorted thresholds; of a category none. */
  readonly thresholds: Float64Array;
}

/** Integers of a node in `Forest.nodes`. */
export const STRIDE = 4;

/** From this `low` on a node asks for a set of categories. */
export const SET = 2;

export interface Forest {
  /**
   * Per node: column asked (of a leaf: its number), `low`, `span`, and how many nodes on the right
   * child is (0: a leaf). A code goes left where `code - low` is in 0..span; code 0 is missing, so
   * that `low` says where missing values go. Of a category `low` is `SET` (missing goes right) or
   * `SET + 1`, and `span` the number of the set.
   */
  readonly nodes: Int32Array;
  /** First node of each tree, and after the last. */
  readonly roots: Int32Array;
  readonly columns: readonly Asked[];
  readonly float32: boolean;
  /** Leaf after leaf, `perLeaf` values each. */
  readonly values: Numbers;
  readonly perLeaf: number;
  /** Output each tree adds to; null where all leaves hold every output. */
  readonly outputOf: Numbers | null;
  readonly covers: Numbers;
  readonly setWords: Numbers;
  readonly setStarts: Numbers;
  readonly outputs: number;
  readonly offset: readonly number[];
}

const MISSING_LEFT = 1;
const ZERO_IS_MISSING = 2;
const CATEGORIES = 4;

/** Reads trees from the sections of a page. */
export function forestOf(core: TreesCore, array: (name: string) => Numbers): Forest {
  const right = array(core.right);
  const roots = Int32Array.from([...array(core.roots), right.length]);
  const { nodes, columns } = packed(core, array, right);
  return {
    nodes,
    roots,
    columns,
    float32: core.float32,
    values: array(core.values),
    perLeaf: core.outputOf === undefined ? core.outputs : 1,
    outputOf: core.outputOf === undefined ? null : array(core.outputOf),
    covers: array(core.covers),
    setWords: core.setWords === undefined ? new Uint32Array(0) : array(core.setWords),
    setStarts: core.setStarts === undefined ? new Uint32Array(1) : array(core.setStarts),
    outputs: core.outputs,
    offset: core.offset,
  };
}

function packed(
  core: TreesCore,
  array: (name: string) => Numbers,
  right: Numbers,
): { nodes: Int32Array; columns: Asked[] } {
  const [feature, threshold, flags] = [core.feature, core.threshold, core.flags].map(array);
  const askedOf = columnsBy(array(core.thresholds), array(core.thresholdStarts));
  const nodes = new Int32Array(right.length * STRIDE);
  let leaves = 0;
  for (let i = 0; i < right.length; i++) {
    const at = i * STRIDE;
    if (right[i] === 0) {
      nodes[at] = leaves++;
      continue;
    }
    const missingLeft = flags[i] & MISSING_LEFT;
    nodes[at] = askedOf.column(feature[i], flags[i]);
    nodes[at + 1] = flags[i] & CATEGORIES ? SET + missingLeft : 1 - missingLeft;
    nodes[at + 2] = flags[i] & CATEGORIES ? threshold[i] : threshold[i] + missingLeft;
    nodes[at + 3] = right[i];
  }
  return { nodes, columns: askedOf.columns };
}

/** Gives each slot and kind of question a column, as they come. */
function columnsBy(thresholds: Numbers, starts: Numbers) {
  const columns: Asked[] = [];
  const known = new Map<number, number>();
  const column = (slot: number, flag: number): number => {
    const kind = flag & CATEGORIES ? 'category' : flag & ZERO_IS_MISSING ? 'zero' : 'number';
    const key = slot * 8 + (flag & (CATEGORIES | ZERO_IS_MISSING));
    let number = known.get(key);
    if (number === undefined) {
      number = columns.length;
      known.set(key, number);
      const cuts = kind === 'category' ? [] : thresholds.slice(starts[slot], starts[slot + 1]);
      columns.push({ slot, kind, thresholds: Float64Array.from(cuts) });
    }
    return number;
  };
  return { columns, column };
}

/** Nodes of the forest. */
export function nodeCount(forest: Forest): number {
  return forest.nodes.length / STRIDE;
}

/** Whether a category's code is in a set. */
export function isIn(forest: Forest, set: number, code: number): boolean {
  const start = forest.setStarts[set];
  const number = code - 1;
  const word = start + (number >>> 5);
  return word < forest.setStarts[set + 1] && ((forest.setWords[word] >>> (number & 31)) & 1) === 1;
}

/** Whether the row whose codes begin at `base` goes left at the node at `at` of `nodes`. */
export function goesLeft(forest: Forest, codes: Int32Array, base: number, at: number): boolean {
  const { nodes } = forest;
  const code = codes[base + nodes[at]];
  const low = nodes[at + 1];
  if (low < SET) return (code - low) >>> 0 <= nodes[at + 2];
  return code === 0 ? low > SET : isIn(forest, nodes[at + 2], code);
}
