/** Operations, links and folding against values worked out by hand. */

import { describe, expect, test } from 'vitest';
import type { Cell } from './evaluator.ts';
import { folded } from './fold.ts';
import { classesOf, predictionsOf } from './links.ts';
import { registersOf } from './operations.ts';
import type { Link, Operation } from './types.ts';

const NUMBERS = Float64Array.of(1, -2, Number.NaN, 0.5);
const TEXTS: Cell = ['red', null, 'blue', 'other'];

function run(operation: Operation, input: Cell = NUMBERS): number[] | Cell {
  const made = registersOf([operation], [input], input.length)[1];
  return made instanceof Float64Array ? [...made] : made;
}

test.each<[Operation, number[]]>([
  [{ op: 'constant', value: 3 }, [3, 3, 3, 3]],
  [{ op: 'fill', of: 0, value: 7 }, [1, -2, 7, 0.5]],
  [{ op: 'missing', of: 0 }, [0, 0, 1, 0]],
  [{ op: 'scale', of: 0, minus: 1, by: 2 }, [0, -1.5, Number.NaN, -0.25]],
  [{ op: 'affine', of: 0, times: 2, plus: 1 }, [3, -3, Number.NaN, 2]],
  [{ op: 'affine', of: 0, times: 2, plus: 1, clip: [0, 2.5] }, [2.5, 0, Number.NaN, 2]],
  [{ op: 'among', of: 0, values: [1, null] }, [1, 0, 1, 0]],
  [{ op: 'among', of: 0, values: [1], otherwise: [5, -5] }, [5, -5, -5, -5]],
  [
    { op: 'lookup', of: 0, keys: [1, 0.5], values: [10, null], other: -1, missing: 9 },
    [10, -1, 9, Number.NaN],
  ],
  [{ op: 'apply', of: 0, name: 'square' }, [1, 4, Number.NaN, 0.25]],
  [{ op: 'bin', of: 0, edges: [-2, 0, 1] }, [3, 1, Number.NaN, 2]],
  [{ op: 'interpolate', of: 0, x: [-1, 1], y: [0, 10] }, [10, 0, Number.NaN, 7.5]],
  [{ op: 'product', of: [[0, 2]] }, [1, 4, Number.NaN, 0.25]],
  [{ op: 'dot', of: [0, 0], weights: [2, 1], plus: 1 }, [4, -5, Number.NaN, 2.5]],
])('%o', (operation, wanted) => {
  expect(run(operation)).toEqual(wanted);
});

test('texts: filled, missing, among, looked up', () => {
  expect(run({ op: 'fill', of: 0, value: 'none' }, TEXTS)).toEqual([
    'red',
    'none',
    'blue',
    'other',
  ]);
  expect(run({ op: 'missing', of: 0 }, TEXTS)).toEqual([0, 1, 0, 0]);
  expect(run({ op: 'among', of: 0, values: ['red', null] }, TEXTS)).toEqual([1, 1, 0, 0]);
  const lookup: Operation = {
    op: 'lookup',
    of: 0,
    keys: ['red', 'blue'],
    values: [0, 1],
    other: null,
    missing: -1,
  };
  expect(run(lookup, TEXTS)).toEqual([0, -1, 1, Number.NaN]);
});

test('texts are not taken for numbers', () => {
  expect(() => run({ op: 'scale', of: 0, minus: 0, by: 1 }, TEXTS)).toThrow(/needs numbers/);
});

test.each([
  ['yeo-johnson', 0.5, 3, 2],
  ['yeo-johnson', 0, Math.E - 1, 1],
  ['yeo-johnson', 2, -(Math.E - 1), -1],
  ['yeo-johnson', 0.5, -3, -(2 / 3) * 7],
  ['box-cox', 0, Math.E, 1],
  ['box-cox', 2, 3, 4],
] as const)('%s with lambda %d of %d', (method, lambda, x, wanted) => {
  const made = run({ op: 'power', of: 0, method, lambda }, Float64Array.of(x));
  expect(made[0]).toBeCloseTo(wanted, 12);
});

test('registers build on one another', () => {
  const operations: Operation[] = [
    { op: 'fill', of: 0, value: 0 },
    { op: 'apply', of: 1, name: 'float32' },
    { op: 'dot', of: [1, 2], weights: [1, -1], plus: 0 },
  ];
  const made = registersOf(operations, [Float64Array.of(0.1, Number.NaN)], 2);
  expect(made[3]).toEqual(Float64Array.of(0.1 - Math.fround(0.1), 0));
});

describe('links', () => {
  const of = (link: Link, outputs: number[], width: number) =>
    predictionsOf(link, Float64Array.from(outputs), width, outputs.length / width);

  test('one output', () => {
    expect([...of({ kind: 'identity' }, [2, -1], 1).values]).toEqual([2, -1]);
    expect(of({ kind: 'exp' }, [1], 1).values[0]).toBe(Math.E);
    const made = of({ kind: 'logistic' }, [0, 2], 1);
    expect(made.probabilities?.[3]).toBeCloseTo(1 / (1 + Math.exp(-2)), 14);
    expect([...made.values]).toEqual([0, 1]);
    expect(of({ kind: 'logistic', scale: 2 }, [1], 1).probabilities?.[1]).toBeCloseTo(
      1 / (1 + Math.exp(-2)),
      14,
    );
    expect([...(of({ kind: 'second' }, [0.7], 1).probabilities ?? [])]).toEqual([1 - 0.7, 0.7]);
    expect([...of({ kind: 'decision' }, [0.1, -0.1, 0], 1).values]).toEqual([1, 0, 0]);
  });

  test('several outputs', () => {
    const soft = of({ kind: 'softmax' }, [1000, 1000, 990], 3);
    expect(soft.probabilities?.[0]).toBeCloseTo(1 / (2 + Math.exp(-10)), 14);
    const each = of({ kind: 'logistic-each' }, [0, 0, 0], 3);
    expect(each.probabilities?.[1]).toBeCloseTo(1 / 3, 14);
    const plain = of({ kind: 'probabilities' }, [0.2, 0.5, 0.3], 3);
    expect([...(plain.probabilities ?? [])]).toEqual([0.2, 0.5, 0.3]);
    expect([...plain.values]).toEqual([1]);
    expect([...of({ kind: 'decision' }, [1, 3, 2], 3).values]).toEqual([1]);
    expect(of({ kind: 'decision' }, [1, 3, 2], 3).probabilities).toBeUndefined();
  });

  test('numbers of classes', () => {
    expect(classesOf({ kind: 'identity' }, 1)).toBe(0);
    expect(classesOf({ kind: 'decision' }, 1)).toBe(2);
    expect(classesOf({ kind: 'softmax' }, 4)).toBe(4);
  });
});

test('slots are folded to features by their shares', () => {
  const fold = [
    [0, 1, 1],
    [1, 0, 0.25],
    [1, 1, 0.75],
  ] as const;
  expect([...folded(Float64Array.of(1, 4, 2, 8), 2, fold, 2)]).toEqual([1, 4, 2, 8]);
});
