/** What the server of a live page answers, read: nothing is taken on trust. */

import type { Input } from './types.ts';

/** What the server says of its model. */
export interface About {
  readonly inputs: readonly Input[];
  readonly classes: readonly string[] | null;
  /** Raw features of its attributions, in their order. */
  readonly features: readonly string[];
  readonly most_rows: number;
  readonly most_explained: number;
}

/** A number; null is one that JSON lacks, such as NaN. */
export type Sent = number | null;

export interface Predicted {
  readonly values: readonly Sent[];
  readonly probabilities: readonly (readonly Sent[])[] | null;
}

export interface Explained {
  /** [row][output][feature] */
  readonly values: readonly (readonly (readonly Sent[])[])[];
  readonly base_values: readonly Sent[];
}

const OTHERWISE = 'The server answered something else. Is `mlflow-explain ui` of the same version?';

/** A reply as JSON; a proxy's page is none. */
export function parsedOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(OTHERWISE, { cause: error });
  }
}

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isCount: Check = (value) => typeof value === 'number' && value > 0;
const isSent: Check = (value) => value === null || typeof value === 'number';
const listOf =
  (is: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(is);
const orNull =
  (is: Check): Check =>
  (value) =>
    value === null || is(value);
const objectOf =
  (parts: Readonly<Record<string, Check>>): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(parts).every(([name, is]) => is((value as Record<string, unknown>)[name]));

const isAbout = objectOf({
  inputs: listOf(objectOf({ name: isText, type: isText })),
  classes: orNull(listOf(isText)),
  features: listOf(isText),
  most_rows: isCount,
  most_explained: isCount,
});
const isPredicted = objectOf({
  values: listOf(isSent),
  probabilities: orNull(listOf(listOf(isSent))),
});
const isExplained = objectOf({
  values: listOf(listOf(listOf(isSent))),
  base_values: listOf(isSent),
});

function checked(value: unknown, is: Check): unknown {
  if (!is(value)) throw new Error(OTHERWISE);
  return value;
}

export const toAbout = (reply: unknown): About => checked(reply, isAbout) as About;
export const toPredicted = (reply: unknown): Predicted => checked(reply, isPredicted) as Predicted;
export const toExplained = (reply: unknown): Explained => checked(reply, isExplained) as Explained;
