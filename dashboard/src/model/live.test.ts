/** The model behind a page, with a server that is a function. */

import { expect, test } from 'vitest';
import { liveOf } from './live.ts';
import { parsedOf } from './replies.ts';
import { SOURCES } from './testing/models.ts';

const about = {
  inputs: [
    { name: 'colour', type: 'category' },
    { name: 'x', type: 'number' },
    { name: 'gone', type: 'number' },
  ],
  classes: ['no', 'yes'],
  features: ['colour', 'x'],
  most_rows: 10,
  most_explained: 5,
  method: 'tree',
  space: 'log-odds',
  text: null,
};

function server(replies: Record<string, unknown>) {
  const asked: [string, unknown][] = [];
  const ask = async (what: string, body?: unknown) => {
    asked.push([what, body]);
    return replies[what];
  };
  return { ask, asked };
}

test('cells are sent as columns, missing as null; replies are read', async () => {
  const { ask, asked } = server({
    '': about,
    predict: {
      values: [1, 0],
      probabilities: [
        [0.2, 0.8],
        [0.6, 0.4],
      ],
    },
    explain: { values: [[[1, 2]], [[3, 4]]], base_values: [0.5], tokens: null },
  });
  const live = await liveOf(ask, SOURCES);
  expect(live.absent).toEqual(['gone']);
  const cells = live.cellsOf([3, 5]);
  const predictions = await live.predict(cells);
  expect(asked[1]).toEqual([
    'predict',
    { columns: { colour: [null, 'green'], x: [3, null], gone: [null, null] } },
  ]);
  expect(predictions.probabilities).toEqual(Float64Array.of(0.2, 0.8, 0.6, 0.4));
  expect(predictions).toMatchObject({ count: 2, classes: 2, values: Float64Array.of(1, 0) });
  const added = await live.attribute(cells);
  // The page's columns are x, n, colour, b.
  expect(added?.values).toEqual(Float64Array.of(2, 0, 1, 0, 4, 0, 3, 0));
});

test('a model without probabilities says which class', async () => {
  const { ask } = server({ '': about, predict: { values: [1], probabilities: null } });
  const live = await liveOf(ask, SOURCES);
  const predictions = await live.predict(live.cellsOf([0]));
  expect(predictions.probabilities).toBeUndefined();
  expect([...predictions.outputs]).toEqual([0, 1]);
});

test('numbers that JSON lacks are missing, not 0', async () => {
  const { ask } = server({
    '': { ...about, classes: null },
    predict: { values: [null, 2], probabilities: null },
    explain: { values: [[[1, null]]], base_values: [null], tokens: null },
  });
  const live = await liveOf(ask, SOURCES);
  const cells = live.cellsOf([0, 1]);
  expect([...(await live.predict(cells)).outputs]).toEqual([Number.NaN, 2]);
  const added = await live.attribute(cells);
  expect([...(added?.values ?? [])]).toEqual([Number.NaN, 0, 1, 0]);
  expect(added?.baseValues).toEqual([Number.NaN]);
});

test('another answer is told as such', async () => {
  expect(() => parsedOf('<html>')).toThrow('something else');
  await expect(liveOf(server({ '': {} }).ask, SOURCES)).rejects.toThrow('something else');
  await expect(liveOf(server({ '': null }).ask, SOURCES)).rejects.toThrow('same version');
  const { ask } = server({ '': about, predict: { values: ['1'], probabilities: null } });
  const live = await liveOf(ask, SOURCES);
  await expect(live.predict(live.cellsOf([0]))).rejects.toThrow('something else');
});

test('attributions are asked for in parts the server takes', async () => {
  const asked: number[] = [];
  const ask = async (what: string, body?: unknown) => {
    if (what === '') return about;
    const { columns } = body as { columns: { x: unknown[] } };
    asked.push(columns.x.length);
    return { values: columns.x.map((_, i) => [[i, 0]]), base_values: [0.5], tokens: null };
  };
  const live = await liveOf(ask, SOURCES);
  const added = await live.attribute(live.cellsOf([0, 1, 2, 3, 4, 5, 0]));
  expect(asked).toEqual([5, 2]);
  expect(added).toMatchObject({ count: 7, baseValues: [0.5] });
});

const ofTexts = {
  ...about,
  inputs: [
    { name: 'x', type: 'number' },
    { name: 'review', type: 'category' },
  ],
  features: ['x', 'review'],
  text: 'review',
};
const tokens = { start: [0, 2], end: [1, 5], sentence: [0, 0], values: [[1, 2]], rest: [-0.5] };
const read = { values: [[[4, 2.5]]], base_values: [0.25], tokens: [tokens] };

test('a text is read, and what the columns beside it add', async () => {
  const { ask, asked } = server({ '': ofTexts, explain: read });
  const live = await liveOf(ask, SOURCES);
  expect([live.text, live.method, live.space]).toEqual([1, 'tree', 'log-odds']);
  const found = await live.readText({ count: 1, inputs: [Float64Array.of(3), ['a </b>']] });
  expect(asked[1]).toEqual(['explain', { columns: { x: [3], review: ['a </b>'] } }]);
  expect(found).toEqual({ base: [0.25], tokens, others: [4] });
});

test.each([
  ['none', null],
  ['of no row', []],
  ['of other lengths', [{ ...tokens, end: [1] }]],
  [
    'of other outputs',
    [
      {
        ...tokens,
        values: [
          [1, 2],
          [1, 2],
        ],
        rest: [0, 0],
      },
    ],
  ],
  ['at no place', [{ ...tokens, start: [-1, 2] }]],
])('tokens %s are told as something else', async (_, other) => {
  const { ask } = server({ '': ofTexts, explain: { ...read, tokens: other } });
  const live = await liveOf(ask, SOURCES);
  const cells = { count: 1, inputs: [Float64Array.of(3), ['a bcd']] };
  await expect(live.readText(cells)).rejects.toThrow('something else');
});
