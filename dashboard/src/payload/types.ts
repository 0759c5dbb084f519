/**
 * What a page holds: the contract between `mlflow_explain.dashboard.payload` (Python, writes it) and
 * this source (reads it). Arrays are named sections of one compressed block; see `container.ts`.
 */

import type { ExportedModel } from '../model/types.ts';

/** Name of a section of the block. */
export type ArrayName = string;

/** A typed array as read from the block. */
export type Numbers =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Float32Array
  | Float64Array;

export type Dtype = 'u8' | 'u16' | 'u32' | 'i8' | 'i16' | 'i32' | 'f32' | 'f64';

/** Where a section lies: offsets are bytes from the end of the JSON. */
export interface Section {
  readonly dtype: Dtype;
  readonly length: number;
  readonly offset: number;
  /** Whether bytes are kept plane by plane: the first of each element, then the second... */
  readonly shuffled: boolean;
}

/**
 * One column of the rows.
 *
 * `number`: with `dictionary`, unsigned codes into that sorted array of f64, the largest code of
 * the type being "missing"; without it f32 or f64, NaN being missing.
 * `time`: as a number, milliseconds since 1970 (UTC).
 * `boolean`: u8, 0, 1, or 255 where missing.
 * `category`: unsigned codes into `values`, the largest code of the type being "missing".
 */
export interface Column {
  readonly name: string;
  readonly type: 'number' | 'time' | 'boolean' | 'category';
  readonly array: ArrayName;
  readonly dictionary?: ArrayName;
  readonly values?: readonly string[];
  /** Numbers of a whole-number column: edited and shown without decimals. */
  readonly whole?: boolean;
  /** Smallest and largest value among all rows, embedded or not; null where there is none. */
  readonly range?: readonly [number, number] | null;
  /** Why a column is listed without its cells (left out, masked, not numbers): a sentence. */
  readonly absent?: string;
  /** A word of texts: it stands in for no column, and has no cells. */
  readonly word?: boolean;
}

/** Attributions of the embedded rows: `code * scale[output][i]`, -32768 where unknown. */
export interface LocalValues {
  /** i16, laid out (outputs, features kept, rows). */
  readonly array: ArrayName;
  /** [output][kept feature] */
  readonly scale: readonly (readonly number[])[];
  /** Which features of the view are kept, in the order of the array. */
  readonly features: readonly number[];
  /** f32 (outputs, rows): sum of the attributions of all others; absent where all are kept. */
  readonly rest?: ArrayName;
  /** Base value per output. */
  readonly baseValues: readonly number[];
}

/** Importance over all rows that were explained, embedded or not: computed in Python. */
interface GlobalValues {
  readonly values: readonly number[];
  /** [output][feature] */
  readonly perOutput: readonly (readonly number[])[];
  /** What is measured, such as "mean |importance| (log-odds)". */
  readonly measure: string;
  readonly standardDeviations?: readonly number[];
  /** Rows it was computed over. */
  readonly rows: number;
  /** Sum of the features left out before (`top_k`), and their number. */
  readonly rest?: number;
  readonly leftOut?: number;
}

/** The explanation in one kind of features. */
export interface View {
  readonly kind: 'raw' | 'engineered';
  readonly features: readonly string[];
  /**
   * What the outputs are: labels of classes, names of targets. A binary margin has one output,
   * which explains the second class; the first one's values are its negative (`mirrored`).
   */
  readonly outputs: readonly string[];
  readonly mirrored: boolean;
  /** Unit of the attributions. */
  readonly space: 'log-odds' | 'probability' | 'margin' | 'raw' | null;
  readonly globals: GlobalValues;
  readonly local: LocalValues | null;
  /** One per feature: cells of the embedded rows. */
  readonly columns: readonly Column[];
  /** Whether base value plus attributions are the model's own output. */
  readonly additive: boolean;
  readonly quality: Readonly<Record<string, number>>;
}

/** The rows in the page. */
export interface Rows {
  /** Embedded. */
  readonly count: number;
  /** Explained. */
  readonly total: number;
  /** How the embedded ones were taken, a sentence; absent where all are there. */
  readonly sampled?: string;
  readonly ids: Column;
  /** Class number (u8/u16/u32) or value (f64); absent where there are none. */
  readonly predicted?: ArrayName;
  /** f32 (classes, rows). */
  readonly probabilities?: ArrayName;
  /** Class number (largest code: a label the model does not know, or missing) or value (f64). */
  readonly actual?: ArrayName;
  /** Columns the model never sees. */
  readonly others: readonly Column[];
}

/** A named group of rows, as given from Python or copied as JSON. See `state/filters.ts`. */
export interface CohortSpec {
  readonly name: string;
  readonly filter: Filter;
}

export type Filter =
  | { readonly all: readonly Filter[] }
  | { readonly any: readonly Filter[] }
  | { readonly not: Filter }
  | Condition;

/**
 * One condition. `of`: a feature's value, the prediction, a class's probability, the observed
 * outcome, the kind of error, the residual, the row's id, an attribution, a cohort column.
 */
export interface Condition {
  readonly of:
    | { readonly feature: string }
    | { readonly column: string }
    | { readonly attribution: string; readonly output?: string }
    | { readonly probability: string }
    | 'predicted'
    | 'actual'
    | 'residual'
    | 'absolute residual'
    | 'error'
    | 'correct'
    | 'id';
  readonly is: 'in' | 'not in' | '<' | '<=' | '>' | '>=' | 'between' | 'missing' | 'present';
  /** Labels or ids for `in`; one number or two (both included) for comparisons. */
  readonly value?: number | string | boolean | readonly (number | string | boolean)[];
}

/** Figures over all rows that were explained, where the page holds a sample of them. */
export interface Overall {
  readonly rows: number;
  readonly metrics: Readonly<Record<string, number | null>>;
  /** [actual][predicted] */
  readonly confusion?: readonly (readonly number[])[];
  /** Rows per class, predicted and observed. */
  readonly predictedCounts?: readonly number[];
  readonly actualCounts?: readonly number[];
}

/** One more explanation of the same rows or features, shown beside the first. */
export interface Beside {
  readonly name: string;
  readonly method: string;
  readonly space: View['space'];
  readonly features: readonly string[];
  readonly values: readonly number[];
  readonly measure: string;
}

/** ICE curves computed in Python, where no model can be in the page. */
export interface Recorded {
  readonly feature: string;
  /** Values tried: numbers, or labels of a category. */
  readonly grid: readonly (number | string)[];
  /** Positions of the embedded rows. */
  readonly rows: readonly number[];
  /** f32 (outputs, rows, grid): probabilities, or predictions. */
  readonly array: ArrayName;
}

/**
 * The texts of the embedded rows, and what each of their tokens is attributed. Rows follow one
 * another in all arrays. Tokens of a row and its rest add up to what its text is attributed.
 */
export interface TokenArrays {
  /** u8: the texts as UTF-8, and their lengths in bytes. */
  readonly bytes: ArrayName;
  readonly lengths: ArrayName;
  /** Tokens of each row. */
  readonly counts: ArrayName;
  /** Of each token: place and length in UTF-16 units, and number of the sentence in its text. */
  readonly start: ArrayName;
  readonly length: ArrayName;
  readonly sentence: ArrayName;
  /** f32 (outputs, tokens), and (outputs, rows). */
  readonly values: ArrayName;
  readonly rest: ArrayName;
}

/** Of an explanation of texts: these, or why they are not there, a sentence. */
export type Texts = { readonly column: string } & (
  | (TokenArrays & { readonly absent?: undefined })
  | { readonly absent: string }
);

export interface Payload {
  readonly version: 1;
  readonly title: string;
  /** "mlflow-explain 0.1.0" */
  readonly madeBy: string;
  /** ISO date and time, UTC; null where pages must be the same byte for byte. */
  readonly madeAt: string | null;
  readonly task: 'classification' | 'regression';
  /** Labels in the model's order; null for regression. */
  readonly classes: readonly string[] | null;
  /** Class of the estimator, such as "LGBMClassifier". */
  readonly modelType: string;
  readonly modelUri: string | null;
  readonly runId: string | null;
  readonly explanationId: string;
  readonly method: string;
  /** Sentences and figures on how it was made: label to text. */
  readonly facts: Readonly<Record<string, string>>;
  /** Sentences a reader has to know: approximations, samples, what was left out. */
  readonly caveats: readonly string[];
  /** The caution about causes. */
  readonly caution: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly versions: Readonly<Record<string, string>>;
  /** Raw first where both are there. */
  readonly views: readonly View[];
  readonly rows: Rows;
  readonly overall: Overall | null;
  readonly cohorts: readonly CohortSpec[];
  readonly beside: readonly Beside[];
  readonly model: ExportedModel | null;
  /** Why `model` is null, or what it is not: a sentence; absent where it is exact. */
  readonly modelNote?: string;
  readonly recorded: readonly Recorded[];
  /** Where a live page asks for predictions; null in a file. */
  readonly live: { readonly path: string } | null;
  /** Only where texts are explained. */
  readonly texts?: Texts;
  readonly arrays: Readonly<Record<ArrayName, Section>>;
}
