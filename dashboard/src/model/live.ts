/** The logged model behind a page of `mlflow-explain ui`: the same questions, asked over http. */

import { absentOf, cellsOf, type Source, sourcesOf, taken } from './cells.ts';
import type { Answers, Attributions, Cells, Predictions } from './evaluator.ts';
import {
  type About,
  type Explained,
  OTHERWISE,
  type Predicted,
  parsedOf,
  type Sent,
  toAbout,
  toExplained,
  toPredicted,
} from './replies.ts';
import type { Input, SentTokens } from './types.ts';

/** Sends a request, and returns the parsed reply. */
type Ask = (what: string, body?: unknown) => Promise<unknown>;

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
    return parsedOf(said);
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

/** What a text and the columns beside it are attributed. */
export interface TextAttributions {
  /** Per output. */
  readonly base: readonly number[];
  readonly tokens: SentTokens;
  /** Sums over the columns beside the text, per output. */
  readonly others: readonly number[];
}

/** The logged model behind a page. */
export interface Live extends Answers {
  /** What attributes, and the unit of its attributions. */
  readonly method: string;
  readonly space: About['space'];
  /** Number of the input that is a text; null where the model is of none. */
  readonly text: number | null;
  /** What the tokens of one row's text are attributed. */
  readText(cells: Cells): Promise<TextAttributions>;
}

/** Returns the model behind the page, once the server has loaded it. */
export async function liveOf(ask: Ask, columns: readonly Source[]): Promise<Live> {
  const about = toAbout(await ask(''));
  const sources = sourcesOf(about.inputs, columns);
  const features = columns.map((column) => about.features.indexOf(column.name));
  const text = about.inputs.findIndex(({ name }) => name === about.text);
  return {
    method: about.method,
    space: about.space,
    text: text < 0 ? null : text,
    readText: async (cells) => {
      const sent = columnsOf(about.inputs, cells);
      const reply = toExplained(await ask('explain', { columns: sent }));
      return readOf(reply, about.text === null ? -1 : about.features.indexOf(about.text));
    },
    inputs: about.inputs,
    classifies: about.classes !== null,
    attributes: true,
    absent: absentOf(about.inputs, sources),
    most: about.most_rows,
    cellsOf: (rows) => cellsOf(about.inputs, sources, rows),
    predict: async (cells) => {
      const sent = columnsOf(about.inputs, cells);
      const reply = toPredicted(await ask('predict', { columns: sent }));
      return predictionsOf(reply, about.classes?.length ?? 0);
    },
    attribute: async (cells) => {
      const replies: Explained[] = [];
      // At least one is asked for, also of no rows: it tells the base values.
      for (let from = 0; from === 0 || from < cells.count; from += about.most_explained) {
        const rows = Array.from({ length: Math.min(about.most_explained, cells.count - from) });
        const part = taken(
          cells,
          rows.map((_, i) => from + i),
        );
        const sent = columnsOf(about.inputs, part);
        replies.push(toExplained(await ask('explain', { columns: sent })));
      }
      const values = replies.flatMap((reply) => reply.values);
      return attributionsOf(values, replies[0].base_values, features);
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

function attributionsOf(
  rows: Explained['values'],
  base: readonly Sent[],
  features: readonly number[],
): Attributions {
  const values = rows.flatMap((row) =>
    row.flatMap((line) => features.map((feature) => (feature < 0 ? 0 : numberOf(line[feature])))),
  );
  return {
    count: rows.length,
    outputs: base.length,
    features: features.length,
    values: Float64Array.from(values),
    baseValues: base.map(numberOf),
  };
}

/** What one row's text is attributed: its column is that of its tokens. */
function readOf(reply: Explained, column: number): TextAttributions {
  const tokens = reply.tokens?.[0];
  const [values] = reply.values;
  if (tokens?.values.length !== reply.base_values.length || values === undefined) {
    throw new Error(OTHERWISE);
  }
  const others = values.map((line) =>
    line.reduce<number>((sum, one, i) => (i === column ? sum : sum + numberOf(one)), 0),
  );
  return { base: reply.base_values.map(numberOf), tokens, others };
}

function numberOf(sent: Sent): number {
  return sent ?? Number.NaN;
}
