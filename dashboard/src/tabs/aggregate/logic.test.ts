/** Tests of importance over groups of rows, and of the dependence plot. */

import { expect, test } from 'vitest';
import type { CohortRows } from '../../state/cohorts.ts';
import { sketched } from '../../testing/pages.ts';
import { binsOf, meanLine, strongestPartner } from './dependence.ts';
import { gridOf } from './grid.ts';
import {
  besideOrder,
  differenceOf,
  groupsOf,
  orderOf,
  perRow,
  restOf,
  shareOf,
  sharesOfBeside,
  spreadOf,
} from './logic.ts';

const page = sketched({
  features: { age: [1, 2, 3, 4], wage: [5, 6, 7, 8], zip: [0, 0, 1, 1] },
  local: [
    [
      [1, -1, 2, -2],
      [0.5, 0.5, 0.5, -0.5],
      [0, 0, 0, 4],
    ],
  ],
});
const [view] = page.views;
const all: CohortRows = {
  name: 'All data',
  rows: Uint32Array.of(0, 1, 2, 3),
  colour: 0,
  cohort: null,
};
const some: CohortRows = {
  name: 'Some',
  rows: Uint32Array.of(0, 2),
  colour: 1,
  cohort: { id: 1, name: 'Some', shown: true, filter: { all: [] } },
};
const asked = { view, output: 1, scale: 'kept', signed: false } as const;

test('all rows have Python\u2019s figures, cohorts those of their rows', () => {
  const groups = groupsOf(asked, perRow(view, 1, 'kept'), [all, some]);
  expect([...(groups[0].values as number[])]).toEqual([1.5, 0.5, 1]);
  expect(groups[0]).toMatchObject({ whole: true, rows: 3 });
  expect([...(groups[1].values as number[])]).toEqual([1.5, 0.5, 0]);
  expect(groups[1]).toMatchObject({ whole: false, rows: 2 });
});

test('means with signs are those of the rows in the page; the other class has the negative', () => {
  const signed = { ...asked, signed: true };
  const [group] = groupsOf(signed, perRow(view, 1, 'kept'), [all]);
  expect([...(group.values as number[])]).toEqual([0, 0.25, 1]);
  expect(group.whole).toBe(false);
  const [other] = groupsOf({ ...signed, output: 0 }, perRow(view, 0, 'kept'), [some]);
  expect([...(other.values as number[])]).toEqual([-1.5, -0.5, 0]);
});

test('rescaled values have no figures of Python', () => {
  const [group] = groupsOf({ ...asked, scale: 'probability' }, perRow(view, 1, 'probability'), [
    all,
  ]);
  expect(group.whole).toBe(false);
});

test('over all classes, values are mean sizes', () => {
  const three = sketched({
    features: { age: [1, 2] },
    classes: ['a', 'b', 'c'],
    local: [[[1, 0]], [[-2, 0]], [[3, 3]]],
  });
  const values = perRow(three.views[0], 'all', 'kept');
  expect([...(values?.column(0) ?? [])]).toEqual([2, 1]);
  expect(values?.signed).toBe(false);
  expect(perRow(sketched({}).views[0], 'all', 'kept')).toBeNull();
});

test('features are sorted by a group, by difference or by name, and searched', () => {
  const groups = groupsOf(asked, perRow(view, 1, 'kept'), [all, some]);
  const { features } = view.spec;
  expect(orderOf(features, groups, 0, '')).toEqual([0, 2, 1]);
  expect(orderOf(features, groups, 1, '')).toEqual([0, 1, 2]);
  expect(orderOf(features, groups, 'difference', '')).toEqual([2, 0, 1]);
  expect(orderOf(features, groups, 'name', 'A')).toEqual([0, 1]);
  expect(differenceOf(groups, 2)).toBe(1);
});

test('what is not shown is told', () => {
  const groups = groupsOf(asked, perRow(view, 1, 'kept'), [all]);
  expect(restOf(view, groups, [0])).toEqual({ count: 2, sums: [1.5] });
  expect(restOf(view, groups, [0, 1, 2])).toBeNull();
  expect(shareOf(groups[0], [0])).toBe(0.5);
  const cut = {
    ...view,
    spec: { ...view.spec, globals: { ...view.spec.globals, rest: 3, leftOut: 7 } },
  };
  const [group] = groupsOf({ ...asked, view: cut }, perRow(view, 1, 'kept'), [all]);
  expect(restOf(cut, [group], [0, 1, 2])).toEqual({ count: 7, sums: [3] });
  expect(shareOf(group, [0])).toBe(0.25);
});

test('explanations in different units compare as shares and ranks', () => {
  const one = { name: 'a', method: 'tree', measure: 'm', features: ['x', 'y'], values: [3, -1] };
  const two = {
    name: 'b',
    method: 'lime',
    measure: 'm',
    features: ['y', 'z'],
    values: [Number.NaN, 5],
  };
  const others = [one, two].map(sharesOfBeside);
  expect(others[0].shares.get('x')).toBe(0.75);
  expect(others[0].ranks.get('y')).toBe(2);
  expect(others[1].shares.get('y')).toBe(0);
  expect(besideOrder(others, 2)).toEqual(['z', 'x']);
});

test('rows are thinned evenly', () => {
  expect([...spreadOf(Float64Array.of(-1, 2, -3, 4), all.rows, false, 2)]).toEqual([1, 3]);
});

test('mean lines go over bins of equally many, missing values come last', () => {
  const cells = Float64Array.from({ length: 1201 }, (_, i) => (i === 1200 ? Number.NaN : i));
  const line = meanLine(
    cells,
    cells.map((cell) => (Number.isNaN(cell) ? -5 : 2 * cell)),
    false,
  );
  expect(line.xs).toHaveLength(21);
  expect(line.xs.at(-1)).toBeNaN();
  expect(line.ys.at(-1)).toBe(-5);
  line.xs.slice(0, -1).forEach((x, i) => {
    expect(line.ys[i]).toBeCloseTo(2 * x, 9);
  });
  expect(line.counts.reduce((a, b) => a + b)).toBe(1201);
  expect([...binsOf(Float64Array.of(2, Number.NaN, 0), true, 9)]).toEqual([2, -1, 0]);
});

test('the partner is the feature that tells the spread', () => {
  const count = 400;
  const x = Array.from({ length: count }, (_, i) => (i * 7) % 40);
  const noise = Array.from({ length: count }, (_, i) => (i * 37) % 11);
  const sex = Array.from({ length: count }, (_, i) => (i % 2 === 0 ? 'f' : 'm'));
  const local = [
    [
      x.map((value, i) => value / 40 + (sex[i] === 'f' ? 1 : -1)),
      x.map(() => 0.1),
      x.map(() => 0.1),
    ],
  ];
  const made = sketched({ features: { x, noise, sex }, local });
  const column = perRow(made.views[0], 1, 'kept')?.column(0) ?? new Float64Array(count);
  const rows = Uint32Array.from({ length: count }, (_, i) => i);
  expect(strongestPartner(made.views[0], 0, column, rows)).toBe(2);
  const flat = new Float64Array(count);
  expect(strongestPartner(made.views[0], 0, flat, rows)).toBeNull();
});

test('a sweep goes over what occurs', () => {
  const made = sketched({ features: { town: ['b', 'a', 'b', null], x: [0, 1, 2, 100] } });
  const [town, x] = made.views[0].columns;
  expect(gridOf(town, 4)).toEqual([0, 1]);
  const grid = gridOf(x, 4, 6);
  expect(grid[0]).toBeCloseTo(0.03, 9);
  expect(grid.at(-1)).toBeCloseTo(97.06, 9);
  // Half even, half where the data are: the same values as in what-if.
  expect(grid).toContain(1.5);
});
