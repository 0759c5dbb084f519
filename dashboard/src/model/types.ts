/**
 * A model in the page: the contract between `mlflow_explain.dashboard.models` (Python, writes and
 * checks it) and the evaluator beside this file. A list of operations makes numbers of the columns
 * a user knows; a core makes outputs of the numbers; a link makes predictions of the outputs.
 */

import type { ArrayName } from '../payload/types.ts';

/** What an input is: a cell of the raw view's column of this name. */
export interface Input {
  readonly name: string;
  readonly type: 'number' | 'time' | 'boolean' | 'category';
}

/** Number, or null for one that JSON lacks, such as NaN. */
export type Sent = number | null;

/**
 * The tokens of one text, as the server of a live page tells them: lists of the same length, places
 * in Unicode code points. Tokens and rest add up to what the text is attributed.
 */
export interface SentTokens {
  readonly start: readonly number[];
  readonly end: readonly number[];
  /** Numbers of their sentences, from 0. */
  readonly sentence: readonly number[];
  /** [output][token] */
  readonly values: readonly (readonly Sent[])[];
  /** [output] */
  readonly rest: readonly Sent[];
}

/**
 * Operations in single static assignment: registers 0 to inputs-1 are the inputs; the i-th
 * operation makes register inputs + i. Registers hold numbers, NaN being missing; inputs of type
 * `category` hold texts, null being missing, until `equals`, `among` or `lookup` makes numbers.
 */
export type Operation =
  /** A constant. */
  | { readonly op: 'constant'; readonly value: number }
  /** Missing becomes a number (or a text, on categories). */
  | { readonly op: 'fill'; readonly of: number; readonly value: number | string }
  /** 1 where missing, else 0. */
  | { readonly op: 'missing'; readonly of: number }
  /** (x - minus) / by */
  | { readonly op: 'scale'; readonly of: number; readonly minus: number; readonly by: number }
  /** x * times + plus, then clipped where given */
  | {
      readonly op: 'affine';
      readonly of: number;
      readonly times: number;
      readonly plus: number;
      readonly clip?: readonly [number, number];
    }
  /**
   * 1 where it is among the values, else 0 (`otherwise`: these two instead); a null among the values
   * stands for missing.
   */
  | {
      readonly op: 'among';
      readonly of: number;
      readonly values: readonly (string | number | null)[];
      readonly otherwise?: readonly [number, number];
    }
  /** The number beside the key; `other` for unknown keys, `missing` for missing ones (null: NaN). */
  | {
      readonly op: 'lookup';
      readonly of: number;
      readonly keys: readonly (string | number)[];
      readonly values: readonly (number | null)[];
      readonly other: number | null;
      readonly missing: number | null;
    }
  /** A function of one number, by name. */
  | {
      readonly op: 'apply';
      readonly of: number;
      readonly name:
        | 'log'
        | 'log1p'
        | 'log2'
        | 'log10'
        | 'exp'
        | 'expm1'
        | 'sqrt'
        | 'square'
        | 'abs'
        | 'sign'
        | 'reciprocal'
        | 'negative'
        | 'float32';
    }
  /** Yeo-Johnson or Box-Cox. */
  | {
      readonly op: 'power';
      readonly of: number;
      readonly method: 'yeo-johnson' | 'box-cox';
      readonly lambda: number;
    }
  /** Number of edges at most x, as `numpy.searchsorted(edges, x, side="right")`. */
  | { readonly op: 'bin'; readonly of: number; readonly edges: readonly number[] }
  /** Piecewise linear, flat outside; of equal `x` the last counts, as in `numpy.interp`. */
  | {
      readonly op: 'interpolate';
      readonly of: number;
      readonly x: readonly number[];
      readonly y: readonly number[];
    }
  /** Product of powers. */
  | { readonly op: 'product'; readonly of: readonly (readonly [register: number, power: number])[] }
  /** Sum of weights times registers, plus a number. */
  | {
      readonly op: 'dot';
      readonly of: readonly number[];
      readonly weights: readonly number[];
      readonly plus: number;
    };

/**
 * Trees in preorder, all nodes in one list. An inner node's left child is the next node, its right
 * one `right` nodes on (0: a leaf). A value goes left where it is <= the threshold; `float32`
 * rounds values first. Missing values go where the flag says; without one they are compared as
 * they are (and go right).
 *
 * flags: 1 missing goes left; 2 zero (|x| <= 1e-35) counts as missing; 4 a set of categories (its
 * number is `threshold`; a value not a whole number >= 0, or not in the set, goes right).
 */
export interface TreesCore {
  readonly kind: 'trees';
  readonly float32: boolean;
  /** First node of each tree, u32. */
  readonly roots: ArrayName;
  /** Output a tree adds to, u8 or u16; absent: all leaves hold every output. */
  readonly outputOf?: ArrayName;
  /** Slot per node, u8 / u16; not used in leaves. */
  readonly feature: ArrayName;
  /** u8 / u16 / u32: position in the slot's sorted thresholds, or number of the set. */
  readonly threshold: ArrayName;
  readonly right: ArrayName;
  readonly flags: ArrayName;
  /** f64 sorted thresholds, slot after slot; `thresholdStarts` u32 (slots + 1). */
  readonly thresholds: ArrayName;
  readonly thresholdStarts: ArrayName;
  /** Leaf values in preorder of leaves: f32 where exact, else f64; (leaves,) or (leaves, outputs). */
  readonly values: ArrayName;
  /** Training weight per leaf, f32 or f64. */
  readonly covers: ArrayName;
  /** Sets of categories: bits of u32 words; `setStarts` u32 (sets + 1). */
  readonly setWords?: ArrayName;
  readonly setStarts?: ArrayName;
  /** Added per output. */
  readonly offset: readonly number[];
  readonly outputs: number;
}

/** outputs = slots @ weights + offset; weights f64 (outputs, slots). */
export interface LinearCore {
  readonly kind: 'linear';
  readonly weights: ArrayName;
  readonly offset: readonly number[];
  readonly outputs: number;
}

/** sum_k coefficient[k] * exp(-gamma |x - vector[k]|^2) + offset; f64. */
export interface KernelCore {
  readonly kind: 'rbf';
  readonly gamma: number;
  /** (vectors, slots) */
  readonly vectors: ArrayName;
  readonly coefficients: ArrayName;
  readonly offset: readonly number[];
  readonly outputs: 1;
}

export type Core = TreesCore | LinearCore | KernelCore;

/** How attributions of the page's own are computed, and relative to what. */
export interface Game {
  /** The game of the explanation; `none`: the page does not attribute. */
  readonly kind: 'tree_path_dependent' | 'interventional' | 'none';
  /** f64 (background rows, slots), of the interventional game; a linear core needs the mean only. */
  readonly background?: ArrayName;
  readonly backgroundRows?: number;
  /** Base value per output. */
  readonly baseValues: readonly number[];
  /**
   * Attributions of the one output, log-odds, are scaled row by row to sum to the probability of the
   * second class, and mirrored for the first: the base value of the log-odds. `baseValues` are the
   * two probabilities.
   */
  readonly rescaled?: number;
  /** Slot to features of the raw view: [slot, feature, share]; the view's own order. */
  readonly fold: readonly (readonly [slot: number, feature: number, share: number])[];
}

/** Raw outputs to what the model predicts. */
export type Link =
  | { readonly kind: 'identity' }
  | { readonly kind: 'exp' }
  /** One output: its logistic is the second class's probability. */
  | { readonly kind: 'logistic'; readonly scale?: number }
  /** One logistic per class, divided by their sum. */
  | { readonly kind: 'logistic-each' }
  | { readonly kind: 'softmax' }
  /** Outputs are the probabilities. */
  | { readonly kind: 'probabilities' }
  /** One output is the second class's probability. */
  | { readonly kind: 'second' }
  /** No probabilities: second class where the one output is > 0, or the largest output. */
  | { readonly kind: 'decision' };

export interface ExportedModel {
  readonly mode: 'exact' | 'surrogate';
  /** Largest difference to the model's own predictions on the embedded rows (surrogate: on them). */
  readonly maxError: number;
  readonly checkedRows: number;
  /** Of a surrogate: "fidelity_r2", "agreement"..., by name. */
  readonly fidelity: Readonly<Record<string, number>>;
  /** "LightGBM, 100 trees of at most 31 leaves" */
  readonly description: string;
  readonly inputs: readonly Input[];
  readonly operations: readonly Operation[];
  /** Registers in the order of the core's slots. */
  readonly slots: readonly number[];
  readonly core: Core;
  readonly link: Link;
  readonly game: Game;
}
