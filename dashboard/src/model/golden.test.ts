/** Models as Python exports them, against what Python answers: `python -m tests.page_golden`. */

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Dtype, Numbers } from '../payload/types.ts';
import type { Source } from './cells.ts';
import { evaluatorOf } from './index.ts';
import type { ExportedModel } from './types.ts';

interface Packed {
  readonly dtype: Dtype;
  readonly length: number;
  readonly base64: string;
}

interface Golden {
  readonly model: ExportedModel;
  readonly arrays: Readonly<Record<string, Packed>>;
  readonly count: number;
  /** Input after input. */
  readonly inputs: readonly (readonly (number | string | null)[])[];
  readonly features: readonly string[];
  readonly expected: {
    readonly outputs: Packed;
    readonly values: Packed;
    readonly probabilities: Packed | null;
    readonly baseValues: readonly number[];
    readonly attributions: Packed;
  };
}

const KINDS = {
  u8: Uint8Array,
  u16: Uint16Array,
  u32: Uint32Array,
  i8: Int8Array,
  i16: Int16Array,
  i32: Int32Array,
  f32: Float32Array,
  f64: Float64Array,
} as const;

function unpacked({ dtype, base64 }: Packed): Numbers {
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'));
  return new KINDS[dtype](bytes.buffer);
}

const FOLDER = new URL('../../golden/models/', import.meta.url);

function read(name: string): Golden {
  return JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as Golden;
}

/** A column with an input's cells, as a page would hold them. */
function sourceOf(golden: Golden, name: string): Source {
  const at = golden.model.inputs.findIndex((input) => input.name === name);
  const type = golden.model.inputs[at]?.type ?? 'number';
  const cells = golden.inputs[at] ?? [];
  const values = type === 'category' ? [...new Set(cells)].filter((c) => c !== null) : [];
  const labels = values.map(String);
  const number = (row: number) => {
    const cell = cells[row];
    if (cell === null) return Number.NaN;
    return type === 'category' ? labels.indexOf(String(cell)) : Number(cell);
  };
  return { name, type, values: labels, number };
}

function near(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  expect(found.length).toBe(wanted.length);
  let most = 0;
  for (let i = 0; i < wanted.length; i++) {
    const difference = Math.abs(found[i] - wanted[i]);
    most = Math.max(most, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
  }
  return most;
}

describe.each(readdirSync(FOLDER).sort())('%s', (name) => {
  const golden = read(name);
  const columns = golden.features.map((feature) => sourceOf(golden, feature));
  const evaluator = evaluatorOf(golden.model, (key) => unpacked(golden.arrays[key]), columns);
  const cells = evaluator.cellsOf(Array.from({ length: golden.count }, (_, i) => i));

  test('predictions', () => {
    const found = evaluator.predict(cells);
    const { outputs, values, probabilities } = golden.expected;
    expect(near(found.outputs, unpacked(outputs))).toBeLessThan(1e-9);
    expect(near(found.values, unpacked(values))).toBeLessThan(1e-9);
    if (probabilities !== null) {
      expect(near(found.probabilities ?? [], unpacked(probabilities))).toBeLessThan(1e-6);
    }
  });

  test('attributions', () => {
    const found = evaluator.attribute(cells);
    expect(found).not.toBeNull();
    expect(near(found?.values ?? [], unpacked(golden.expected.attributions))).toBeLessThan(1e-7);
    expect(near(found?.baseValues ?? [], golden.expected.baseValues)).toBeLessThan(1e-12);
  });
});
