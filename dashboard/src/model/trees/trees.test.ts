/** Trees against their definitions: walks over nested objects, and enumeration of coalitions. */

import { describe, expect, test } from 'vitest';
import { columnsOf, forest, type Kind, type Made, NO_GAME, rowsFor } from '../testing/forests.ts';
import { expected, intervened, outputsOf, shapley } from '../testing/truths.ts';
import { treesOf } from './index.ts';

const KINDS: Record<string, Kind> = {
  plain: { trees: 5, depth: 4, slots: 5 },
  'missing values': { trees: 6, depth: 5, slots: 4, missing: true },
  'zero as missing': { trees: 6, depth: 5, slots: 4, missing: true, zeros: true },
  'single precision': { trees: 5, depth: 4, slots: 4, float32: true },
  categories: { trees: 8, depth: 5, slots: 5, missing: true, categories: [1, 3] },
  'a tree per output in turn': { trees: 6, depth: 4, slots: 5, outputs: 3, inTurn: true },
  'leaves of all outputs': { trees: 4, depth: 5, slots: 6, outputs: 3, missing: true },
  'one feature many times': { trees: 4, depth: 6, slots: 2 },
  'stumps and single leaves': { trees: 12, depth: 1, slots: 3, missing: true },
};

function pageOf(made: Made, rows: readonly number[][] | null, kind?: 'tree_path_dependent') {
  const game = {
    ...NO_GAME,
    kind: kind ?? (rows ? ('interventional' as const) : ('none' as const)),
  };
  const background =
    rows === null
      ? null
      : { rows: rows.length, slots: made.slots, values: Float64Array.from(rows.flat()) };
  return treesOf(made.core, game, background, (name) => made.arrays[name]);
}

describe.each(Object.entries(KINDS))('%s', (_, kind) => {
  test.each([1, 2, 3])('outputs are those of the nested trees, seed %i', (seed) => {
    const made = forest(kind, seed);
    const rows = rowsFor(kind, 300, seed + 10);
    const page = pageOf(made, null).run(columnsOf(rows), rows.length);
    rows.forEach((row, r) => {
      outputsOf(made, row).forEach((value, i) => {
        expect(page[r * made.core.outputs + i]).toBeCloseTo(value, 12);
      });
    });
  });

  test.each([1, 2, 3])('path-dependent values are those of all coalitions, seed %i', (seed) => {
    const made = forest(kind, seed);
    const rows = rowsFor(kind, 8, seed + 20);
    const explain = pageOf(made, null, 'tree_path_dependent').explain;
    const page = explain?.(columnsOf(rows), rows.length) ?? [];
    rows.forEach((row, r) => {
      const truth = shapley(kind.slots, (known) => expected(made, row, known)).flat();
      truth.forEach((value, i) => {
        expect(page[r * truth.length + i]).toBeCloseTo(value, 11);
      });
    });
  });

  test.each([1, 2])('interventional values are those of all coalitions, seed %i', (seed) => {
    const made = forest(kind, seed);
    const rows = rowsFor(kind, 6, seed + 30);
    const background = rowsFor(kind, 9, seed + 40);
    const explain = pageOf(made, background).explain;
    const page = explain?.(columnsOf(rows), rows.length) ?? [];
    rows.forEach((row, r) => {
      const f = (mixed: readonly number[]) => outputsOf(made, mixed);
      const truth = shapley(kind.slots, (known) => intervened(f, background, row, known)).flat();
      truth.forEach((value, i) => {
        expect(page[r * truth.length + i]).toBeCloseTo(value, 11);
      });
    });
  });
});

test('paths of more than 32 features are exact, too', () => {
  const kind: Kind = { trees: 2, depth: 11, slots: 60 };
  const long = chained(40);
  const rows = rowsFor({ ...kind, slots: 40 }, 4);
  const background = rowsFor({ ...kind, slots: 40 }, 12, 5);
  const page = pageOf(long, background);
  const added = page.explain?.(columnsOf(rows), rows.length) ?? new Float64Array(0);
  const base = mean(page.run(columnsOf(background), background.length));
  const outputs = page.run(columnsOf(rows), rows.length);
  rows.forEach((_, r) => {
    const sum = added.slice(r * 40, r * 40 + 40).reduce((a, b) => a + b, 0);
    expect(base + sum).toBeCloseTo(outputs[r], 12);
  });
});

test.each([
  { trees: 30, depth: 9, slots: 12, missing: true },
  { trees: 5, depth: 12, slots: 40 },
] satisfies Kind[])('sums of large trees are their outputs, $depth levels', (kind) => {
  const made = forest(kind, 7);
  const rows = rowsFor(kind, 20, 8);
  const slots = columnsOf(rows);
  const empty = expected(made, rows[0], 0)[0];
  const page = pageOf(made, null, 'tree_path_dependent');
  const added = page.explain?.(slots, rows.length) ?? new Float64Array(0);
  const outputs = page.run(slots, rows.length);
  rows.forEach((_, r) => {
    const sum = added.slice(r * kind.slots, (r + 1) * kind.slots).reduce((a, b) => a + b, 0);
    expect(Math.abs(empty + sum - outputs[r])).toBeLessThan(1e-9);
  });
});

test('a model without a game has no attributions', () => {
  expect(pageOf(forest({ trees: 1, depth: 2, slots: 2 }), null).explain).toBeNull();
});

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** One tree that asks each slot once, one after the other. */
function chained(slots: number): Made {
  const n = 2 * slots + 1;
  const inner = (i: number) => i % 2 === 0 && i < n - 1;
  const nodes = Array.from({ length: n }, (_, i) => i);
  const ones = new Float64Array(slots + 1).fill(1);
  return {
    slots,
    trees: [],
    arrays: {
      roots: Uint32Array.of(0),
      feature: Uint8Array.from(nodes, (i) => (inner(i) ? i / 2 : 0)),
      threshold: new Uint8Array(n),
      right: Uint32Array.from(nodes, (i) => (inner(i) ? 2 : 0)),
      flags: new Uint8Array(n),
      thresholds: new Float64Array(slots).fill(-1.5),
      thresholdStarts: Uint32Array.from({ length: slots + 1 }, (_, i) => i),
      values: ones.map((_, i) => Math.sin(i)),
      covers: ones,
    },
    core: {
      ...forest({ trees: 1, depth: 1, slots: 1 }).core,
      offset: [0],
    },
  };
}
