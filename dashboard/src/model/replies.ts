/** What the server of a live page answers, read: nothing is taken on trust. */

import type { View } from '../payload/types.ts';
import type { Input, Sent, SentTokens } from './types.ts';

export type { Sent };

/** What the server says of its model. */
export interface About {
  readonly inputs: readonly Input[];
  readonly classes: readonly string[] | null;
  /** Raw features of its attributions, in their order. */
  readonly features: readonly string[];
  readonly most_rows: number;
  readonly most_explained: number;
  /** What attributes, and the unit of its attributions. */
  readonly method: string;
  readonly space: View['space'];
  /** The input that is a text, of a model of texts. */
  readonly text: string | null;
}

export interface Predicted {
  readonly values: readonly Sent[];
  readonly probabilities: readonly (readonly Sent[])[] | null;
}

export interface Explained {
  /** [row][output][feature] */
  readonly values: readonly (readonly (readonly Sent[])[])[];
  readonly base_values: readonly Sent[];
  /** Of each row, where the model is of texts. */
  readonly tokens: readonly SentTokens[] | null;
}

export const OTHERWISE =
  'The server answered something else. Is `mlflow-explain ui` of the same version?';

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
const isSpace: Check = (value) =>
  ['log-odds', 'probability', 'margin', 'raw'].includes(value as string);
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
  method: isText,
  space: orNull(isSpace),
  text: orNull(isText),
});
const isPlaces = listOf((one) => Number.isInteger(one) && Number(one) >= 0);
const isLists = objectOf({
  start: isPlaces,
  end: isPlaces,
  sentence: isPlaces,
  values: listOf(listOf(isSent)),
  rest: listOf(isSent),
});
const isTokens: Check = (value) => isLists(value) && isOfOneLength(value as SentTokens);

function isOfOneLength({ start, end, sentence, values, rest }: SentTokens): boolean {
  const lists: readonly { readonly length: number }[] = [end, sentence, ...values];
  return values.length === rest.length && lists.every((list) => list.length === start.length);
}

const isPredicted = objectOf({
  values: listOf(isSent),
  probabilities: orNull(listOf(listOf(isSent))),
});
const isExplained = objectOf({
  values: listOf(listOf(listOf(isSent))),
  base_values: listOf(isSent),
  tokens: orNull(listOf(isTokens)),
});

function checked(value: unknown, is: Check): unknown {
  if (!is(value)) throw new Error(OTHERWISE);
  return value;
}

export const toAbout = (reply: unknown): About => checked(reply, isAbout) as About;
export const toPredicted = (reply: unknown): Predicted => checked(reply, isPredicted) as Predicted;
export const toExplained = (reply: unknown): Explained => checked(reply, isExplained) as Explained;
