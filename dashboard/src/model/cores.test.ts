/** Linear models and kernel machines against their definitions. */

import { expect, test } from 'vitest';
import { gains, gauss } from './gauss.ts';
import { evaluatorOf } from './index.ts';
import { randomOf } from './testing/forests.ts';
import { intervened, shapley } from './testing/truths.ts';
import type { Core, ExportedModel } from './types.ts';

const random = randomOf(3);
const N = 7;
const draw = (count: number, width = N) =>
  Array.from({ length: count }, () => Array.from({ length: width }, () => random() * 3 - 1.5));
const background = draw(6);
const arrays: Record<string, Float64Array> = {
  background: Float64Array.from(background.flat()),
  weights: Float64Array.from(draw(2).flat()),
  vectors: Float64Array.from(draw(9).flat()),
  coefficients: Float64Array.from(draw(1, 9)[0]),
};

function page(core: Core) {
  const inputs = Array.from({ length: N }, (_, i) => ({ name: `x${i}`, type: 'number' as const }));
  const model: ExportedModel = {
    mode: 'exact',
    maxError: 0,
    checkedRows: 0,
    fidelity: {},
    description: '',
    inputs,
    operations: [],
    slots: inputs.map((_, i) => i),
    core,
    link: { kind: core.outputs === 1 ? 'identity' : 'softmax' },
    game: {
      kind: 'interventional',
      background: 'background',
      backgroundRows: 6,
      baseValues: [0, 0],
      fold: inputs.map((_, i) => [i, i, 1] as const),
    },
  };
  const rows = draw(5);
  const columns = inputs.map((input, i) => ({
    ...input,
    values: [],
    number: (row: number) => rows[row][i],
  }));
  return { evaluator: evaluatorOf(model, (name) => arrays[name], columns), rows };
}

const CORES: Record<string, [Core, (row: readonly number[]) => number[]]> = {
  linear: [
    { kind: 'linear', weights: 'weights', offset: [1, -1], outputs: 2 },
    (row) =>
      [1, -1].map((offset, o) =>
        row.reduce((sum, x, i) => sum + x * arrays.weights[o * N + i], offset),
      ),
  ],
  rbf: [
    {
      kind: 'rbf',
      gamma: 0.3,
      vectors: 'vectors',
      coefficients: 'coefficients',
      offset: [0.5],
      outputs: 1,
    },
    (row) => {
      const terms = Array.from(arrays.coefficients, (a, k) => {
        const d = row.reduce((sum, x, i) => sum + (x - arrays.vectors[k * N + i]) ** 2, 0);
        return a * Math.exp(-0.3 * d);
      });
      return [terms.reduce((sum, term) => sum + term, 0.5)];
    },
  ],
};

test.each(Object.entries(CORES))('%s', (_, [core, f]) => {
  const { evaluator, rows } = page(core);
  const cells = evaluator.cellsOf([0, 1, 2, 3, 4]);
  const { outputs, width } = evaluator.predict(cells);
  const values = evaluator.attribute(cells)?.values ?? new Float64Array(0);
  rows.forEach((row, r) => {
    f(row).forEach((value, o) => {
      expect(outputs[r * width + o]).toBeCloseTo(value, 12);
    });
    const truth = shapley(N, (known) => intervened(f, background, row, known)).flat();
    truth.forEach((value, i) => {
      expect(values[r * truth.length + i]).toBeCloseTo(value, 10);
    });
  });
});

test('a rule of n points integrates polynomials of degree 2 n - 1', () => {
  for (const n of [1, 2, 5, 8, 20]) {
    const { points, weights } = gauss(n);
    const integral = (degree: number) =>
      points.reduce((sum, t, i) => sum + weights[i] * t ** degree, 0);
    expect(integral(0)).toBeCloseTo(1, 14);
    expect(integral(2 * n - 1)).toBeCloseTo(1 / (2 * n), 14);
  }
});

test('gains are (a-1)! b! / (a+b)!', () => {
  const gain = gains(4);
  expect(gain[3 * 5 + 1]).toBeCloseTo(2 / 24, 15);
  expect(gain[1 * 5 + 0]).toBe(1);
  expect(gain[0 * 5 + 3]).toBe(0);
});
