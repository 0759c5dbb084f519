/** A small model for tests: what a page would hold, with columns of its own. */

import type { Numbers } from '../../payload/types.ts';
import type { Source } from '../cells.ts';
import { evaluatorOf } from '../index.ts';
import type { ExportedModel, Link } from '../types.ts';

const NAN = Number.NaN;
export const COLOURS = ['red', 'green', 'blue'];

/** Rows: x, whole number n, colour (code, NaN missing), truth value b. */
export const ROWS: readonly (readonly [number, number, number, number])[] = [
  [0, 1, 0, 0],
  [1, 2, 1, 1],
  [2, 3, 2, 0],
  [3, 4, NAN, 1],
  [4, 5, 0, 0],
  [NAN, 6, 1, 1],
];

export const SOURCES: readonly Source[] = [
  { name: 'x', type: 'number', values: [], number: (row) => ROWS[row][0] },
  { name: 'n', type: 'number', values: [], number: (row) => ROWS[row][1] },
  { name: 'colour', type: 'category', values: COLOURS, number: (row) => ROWS[row][2] },
  { name: 'b', type: 'boolean', values: ['False', 'True'], number: (row) => ROWS[row][3] },
];

/** Output: x + 2 n + 10 if blue + 4 b - 12, with x = 2 where it is missing. */
export function evaluator(link: Link = { kind: 'logistic' }) {
  const arrays: Record<string, Numbers> = {
    weights: Float64Array.of(1, 2, 10, 4),
    mean: Float64Array.of(2, 3.5, 0.2, 0.5),
  };
  const model: ExportedModel = {
    mode: 'exact',
    maxError: 0,
    checkedRows: 6,
    fidelity: {},
    description: 'a line',
    inputs: SOURCES.map(({ name, type }) => ({ name, type })),
    operations: [
      { op: 'fill', of: 0, value: 2 },
      { op: 'among', of: 2, values: ['blue'] },
    ],
    slots: [4, 1, 5, 3],
    core: { kind: 'linear', weights: 'weights', offset: [-12], outputs: 1 },
    link,
    game: {
      kind: 'interventional',
      background: 'mean',
      backgroundRows: 1,
      baseValues: [1],
      fold: [
        [0, 0, 1],
        [1, 1, 1],
        [2, 2, 1],
        [3, 3, 1],
      ],
    },
  };
  return evaluatorOf(model, (name) => arrays[name], SOURCES);
}
