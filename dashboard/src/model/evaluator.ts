/** What evaluating a model in the page takes and gives. */

import type { ExportedModel, Input } from './types.ts';

/** Cells of one input: numbers, NaN being missing, or texts of a category, null being missing. */
export type Cell = Float64Array | (string | null)[];

/** Rows for the model: one `Cell` per input, all of `count` rows. */
export interface Cells {
  readonly count: number;
  readonly inputs: readonly Cell[];
}

/** What the model says of rows. */
export interface Predictions {
  readonly count: number;
  /** Outputs of the core, row after row, (count, outputs). */
  readonly outputs: Float64Array;
  readonly width: number;
  /** Probabilities, row after row, (count, classes); absent where the model has none. */
  readonly probabilities?: Float64Array;
  /** Classes; 0 for regression. */
  readonly classes: number;
  /** Number of the class, or the value. */
  readonly values: Float64Array;
}

/** What each feature adds to each output. */
export interface Attributions {
  readonly count: number;
  readonly outputs: number;
  readonly features: number;
  /** Row after row, (count, outputs, features). */
  readonly values: Float64Array;
  /** Per output. */
  readonly baseValues: readonly number[];
}

/** Something that answers for rows: the model in the page, at once; one behind it, later. */
export interface Answers {
  readonly inputs: readonly Input[];
  /** Whether it says a class; else it says a value. */
  readonly classifies: boolean;
  /** Whether `attribute` has values. */
  readonly attributes: boolean;
  /** Inputs without a column in the page: their cells are missing unless somebody fills them. */
  readonly absent: readonly string[];
  /** Rows it takes at a time. */
  readonly most: number;
  predict(cells: Cells): Predictions | Promise<Predictions>;
  /** Attributions to the raw view's features; null where its game is not known here. */
  attribute(cells: Cells): Attributions | null | Promise<Attributions | null>;
  /** Cells of embedded rows, by position. */
  cellsOf(rows: ArrayLike<number>): Cells;
}

/** The model in the page. */
export interface Evaluator extends Answers {
  readonly model: ExportedModel;
  predict(cells: Cells): Predictions;
  attribute(cells: Cells): Attributions | null;
}

/** A core: numbers of slots to outputs, and to what each slot adds. */
export interface Core {
  readonly outputs: number;
  /** (rows, outputs) */
  run(slots: readonly Float64Array[], rows: number): Float64Array;
  /** (rows, outputs, slots); null where the page has no game. */
  explain: ((slots: readonly Float64Array[], rows: number) => Float64Array) | null;
}
