/** The logged model behind a page of `mlflow-explain ui`: the same questions, asked over http. */

import { absentOf, cellsOf, type Source, sourcesOf } from './cells.ts';
import type { Answers, Attributions, Cells, Predictions } from './evaluator.ts';
import type { Input } from './types.ts';

/** What the server says of its model. */
export interface About {
  readonly uri: string;
  readonly inputs: readonly Input[];
  readonly classes: readonly string[] | null;
  /** Raw features of its attributions, in their order. */
  readonly features: readonly string[];
  readonly outputs: number;
  readonly most_rows: number;
  readonly most_explained: number;
}

/** A number; null is one that JSON lacks, such as NaN. */
type Sent = number | null;

interface Predicted {
  readonly values: readonly Sent[];
  readonly probabilities: readonly (readonly Sent[])[] | null;
}

interface Explained {
  /** [row][output][feature] */
  readonly values: readonly (readonly (readonly Sent[])[])[];
  readonly base_values: readonly Sent[];
}

/** Sends a request, and returns the parsed reply. */
export type Ask = (what: string, body?: unknown) => Promise<unknown>;

/** Asks the server the page came from. */
export function asking(path: string): Ask {
  return async (what, body) => {
    const asked = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const reply = await fetch(what === '' ? path : `${path}/${what}`, {
      ...asked,
      headers: { 'Content-Type': 'application/json' },
    });
    const said = await reply.text();
    if (!reply.ok) throw new Error(messageOf(said) ?? `The server answered ${reply.status}.`);
    return JSON.parse(said);
  };
}

function messageOf(text: string): string | null {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null) return null;
    const { message, detail } = parsed as { message?: unknown; detail?: unknown };
    const said = message ?? detail;
    return typeof said === 'string' ? said : null;
  } catch {
    return null;
  }
}

/** Returns the model behind the page, once the server has loaded it. */
export async function liveOf(ask: Ask, columns: readonly Source[]): Promise<Answers> {
  const about = (await ask('')) as About;
  const sources = sourcesOf(about.inputs, columns);
  const features = columns.map((column) => about.features.indexOf(column.name));
  return {
    inputs: about.inputs,
    classifies: about.classes !== null,
    attributes: true,
    absent: absentOf(about.inputs, sources),
    most: about.most_rows,
    cellsOf: (rows) => cellsOf(about.inputs, sources, rows),
    predict: async (cells) => {
      const sent = columnsOf(about.inputs, cells);
      const reply = (await ask('predict', { columns: sent })) as Predicted;
      return predictionsOf(reply, about.classes?.length ?? 0);
    },
    attribute: async (cells) => {
      const sent = columnsOf(about.inputs, cells);
      const reply = (await ask('explain', { columns: sent })) as Explained;
      return attributionsOf(reply, features);
    },
  };
}

/** Cells as the server takes them: missing is null. */
function columnsOf(inputs: readonly Input[], cells: Cells): Record<string, unknown> {
  const plain = (value: number) => (Number.isFinite(value) ? value : null);
  return Object.fromEntries(
    inputs.map((input, i) => {
      const cell = cells.inputs[i];
      return [input.name, cell instanceof Float64Array ? Array.from(cell, plain) : cell];
    }),
  );
}

function predictionsOf({ values, probabilities }: Predicted, classes: number): Predictions {
  const count = values.length;
  const made = { count, classes, values: Float64Array.from(values, numberOf) };
  if (probabilities !== null) {
    const all = Float64Array.from(probabilities.flat(), numberOf);
    return { ...made, outputs: all, width: classes, probabilities: all };
  }
  if (classes === 0) return { ...made, outputs: made.values, width: 1 };
  // Without probabilities all that is known of a class is whether it is said.
  const said = new Float64Array(count * classes);
  values.forEach((cls, row) => {
    if (cls !== null) said[row * classes + cls] = 1;
  });
  return { ...made, outputs: said, width: classes };
}

function attributionsOf(reply: Explained, features: readonly number[]): Attributions {
  const outputs = reply.base_values.length;
  const values = reply.values.flatMap((row) =>
    row.flatMap((line) => features.map((feature) => (feature < 0 ? 0 : numberOf(line[feature])))),
  );
  return {
    count: reply.values.length,
    outputs,
    features: features.length,
    values: Float64Array.from(values),
    baseValues: reply.base_values.map(numberOf),
  };
}

function numberOf(sent: Sent): number {
  return sent ?? Number.NaN;
}
