/** Tests of the data explorer: readings, slots, kinds of charts, picking, sentences. */

import { describe, expect, it } from 'vitest';
import type { CohortRows } from '../../state/cohorts.ts';
import { matching } from '../../state/filters.ts';
import { everyRow } from '../../stats/rows.ts';
import { type Sketch, sketched } from '../../testing/pages.ts';
import { listedOf } from './Controls.tsx';
import { boxesOf, cellsOf, countsOf, rowsIn, thinned } from './figures.ts';
import { kindsOf } from './kinds.ts';
import { idsFilter, ofBox, pickedOf, tightBox } from './picking.ts';
import { planOf } from './plan.ts';
import { firstColumns, foundRows } from './RowTable.tsx';
import { choicesOf, firstKeys, type Key, type Look, type Reading, readingOf } from './readings.ts';
import { sentenceOf } from './sentences.ts';
import { byEdges, byValue, equalEdges, evenEdges, intervalOf, isDiscrete } from './slots.ts';

const NONE = Number.NaN;
const AGES = [21, 35, 35, null, 48, 52, 60, 61, 67, 70, 74, 80];
const JOBS = [
  'cook',
  'cook',
  'nurse',
  'nurse',
  null,
  'cook',
  'pilot',
  'nurse',
  'cook',
  'cook',
  'nurse',
  'cook',
];
const CHANCE = [0.1, 0.2, 0.25, 0.5, 0.4, 0.45, 0.6, 0.55, 0.7, 0.8, 0.9, 0.95];

const SKETCH: Sketch = {
  features: { age: AGES, job: JOBS },
  others: { town: ['a', 'b', 'a', 'b', 'a', 'b', 'a', 'b', 'a', 'b', 'a', 'b'] },
  predicted: CHANCE.map((p) => Number(p >= 0.5)),
  actual: [0, 0, 1, 1, 0, 0, 1, 0, 1, 1, 1, NONE],
  probabilities: [CHANCE.map((p) => 1 - p), CHANCE],
  local: [[AGES.map((age) => ((age ?? 50) - 50) / 16), AGES.map((_, i) => (i % 2) - 0.5)]],
};

function lookOf(sketch: Sketch = SKETCH, change: Partial<Look> = {}): Look {
  const page = sketched(sketch);
  return { page, view: page.views[0], output: 1, scale: 'kept', ...change };
}

function reading(look: Look, key: Key): Reading {
  const found = readingOf(look, key);
  if (found === null) throw new Error(`no reading ${key}`);
  return found;
}

function allOf(look: Look): CohortRows {
  return { name: 'All data', rows: everyRow(look.page.rows.count), colour: 0, cohort: null };
}

describe('readings', () => {
  it('lists what the page holds, by kind', () => {
    const keys = choicesOf(lookOf()).map((choice) => choice.key);
    expect(keys).toEqual([
      'predicted',
      'actual',
      'correct',
      'error',
      'probability:no',
      'probability:yes',
      'id',
      'feature:age',
      'feature:job',
      'column:town',
      'attribution:age',
      'attribution:job',
    ]);
  });

  it('lists residuals of a regression, and no classes', () => {
    const look = lookOf({
      features: { a: [1, 2] },
      classes: null,
      predicted: [1, 2],
      actual: [1, 3],
    });
    const keys = choicesOf({ ...look, output: 0 }).map((choice) => choice.key);
    expect(keys).toEqual([
      'predicted',
      'actual',
      'residual',
      'absolute residual',
      'id',
      'feature:a',
    ]);
    expect([...reading(look, 'residual').cells]).toEqual([0, 1]);
  });

  it('leaves out columns without cells', () => {
    const look = lookOf({ features: { a: [1, 2] } });
    const column = { name: 'a', type: 'number', array: '', absent: 'Masked.' } as const;
    const page = sketched({ features: { a: [1, 2] }, view: { columns: [column] } });
    const keys = choicesOf({ ...look, page, view: page.views[0] }).map((choice) => choice.key);
    expect(keys).toEqual(['id']);
  });

  it('turns the sign of importances with the class', () => {
    const second = reading(lookOf(), 'attribution:age');
    expect(second.name).toBe('Importance of age for yes');
    expect(second.cells[0]).toBeCloseTo(-29 / 16, 3);
    const first = reading(lookOf(SKETCH, { output: 0 }), 'attribution:age');
    expect(first.cells[0]).toBeCloseTo(29 / 16, 3);
  });

  it('takes the mean size where all classes are looked at', () => {
    const look = lookOf(
      {
        features: { a: [1, 2] },
        classes: ['x', 'y', 'z'],
        local: [[[1, 2]], [[-3, 2]], [[2, -5]]],
      },
      { output: 'all' },
    );
    const found = reading(look, 'attribution:a');
    expect([...found.cells]).toEqual([2, 3]);
    expect(found.of).toBeNull();
  });

  it('starts with the most important feature against what the model says', () => {
    expect(firstKeys(lookOf())).toEqual({
      x: 'feature:age',
      y: 'probability:yes',
      colour: 'actual',
    });
    const bare = lookOf({ features: { a: [1, 2], b: [3, 4] } });
    expect(firstKeys(bare)).toEqual({ x: 'feature:a', y: 'feature:b', colour: '' });
  });

  it('is null for what is not there', () => {
    expect(readingOf(lookOf(), 'feature:nothing')).toBeNull();
    expect(readingOf(lookOf(), '')).toBeNull();
    expect(readingOf(lookOf({ features: { a: [1] } }), 'predicted')).toBeNull();
  });
});

describe('slots', () => {
  it('has one for each label, and one for the missing', () => {
    const slots = byValue(reading(lookOf(), 'feature:job'), 10);
    expect(slots.names).toEqual(['cook', 'nurse', 'pilot', 'missing']);
    expect([...countsOf(slots, everyRow(12))]).toEqual([6, 4, 1, 1]);
    expect(slots.filter(0)).toEqual({ of: { feature: 'job' }, is: 'in', value: ['cook'] });
    expect(slots.filter(3)).toEqual({ of: { feature: 'job' }, is: 'missing' });
  });

  it('lumps rare labels together, and names them by what they are not', () => {
    const look = lookOf();
    const slots = byValue(reading(look, 'feature:job'), 2);
    expect(slots.names).toEqual(['cook', '2 other values', 'missing']);
    const filter = slots.filter(1);
    expect(filter && [...matching(look.page, filter)]).toEqual([2, 3, 6, 7, 10]);
  });

  it('tells few numbers apart, and cuts many into intervals', () => {
    const look = lookOf({ features: { few: [1, 2, 2, 1], many: [1, 2, 3, 4] } });
    expect(isDiscrete(reading(look, 'feature:few'))).toBe(true);
    const wide = lookOf({ features: { x: Array.from({ length: 40 }, (_, i) => i / 7) } });
    expect(isDiscrete(reading(wide, 'feature:x'))).toBe(false);
  });

  it('puts every number into an interval, ends and infinities among them', () => {
    const edges = Float64Array.of(0, 1, 2, 3);
    expect(
      [0, 0.99, 1, 3, -5, 9, Number.POSITIVE_INFINITY].map((x) => intervalOf(edges, x)),
    ).toEqual([0, 0, 1, 2, 0, 2, 2]);
  });

  it('has round ends that hold all numbers', () => {
    const age = reading(lookOf(), 'feature:age');
    const edges = evenEdges(age, 6);
    expect([...edges]).toEqual([20, 30, 40, 50, 60, 70, 80]);
    const slots = byEdges(age, edges);
    expect([...countsOf(slots, everyRow(12))]).toEqual([1, 2, 1, 1, 3, 3, 1]);
    expect(slots.names.at(-1)).toBe('missing');
  });

  it('counts the rows that its conditions give', () => {
    const look = lookOf();
    const age = reading(look, 'feature:age');
    for (const slots of [byEdges(age, evenEdges(age, 6)), byEdges(age, equalEdges(age, 3))]) {
      for (const slot of slots.names.keys()) {
        const filter = slots.filter(slot);
        expect(filter && [...matching(look.page, filter)]).toEqual([
          ...rowsIn(everyRow(12), slots, slot),
        ]);
      }
    }
  });

  it('cuts a constant, and nothing but missing values', () => {
    const look = lookOf({ features: { same: [5, 5], none: [null, null] } });
    expect([...evenEdges(reading(look, 'feature:same'), 10)]).toEqual([4.5, 5.5]);
    expect(byValue(reading(look, 'feature:none'), 5).names).toEqual(['missing']);
  });
});

describe('kinds of charts', () => {
  const look = lookOf();
  const get = (key: Key): Reading => reading(look, key);

  it('follow what is on the axes', () => {
    const [age, job, chance] = [get('feature:age'), get('feature:job'), get('probability:yes')];
    expect(kindsOf(age, null, 12, false)).toEqual(['histogram']);
    expect(kindsOf(job, null, 12, false)).toEqual(['bars']);
    expect(kindsOf(job, get('actual'), 12, false)[0]).toBe('bins');
    expect(kindsOf(chance, job, 12, false)[0]).toBe('boxes');
    expect(kindsOf(age, chance, 12, false)[0]).toBe('points');
    expect(kindsOf(age, chance, 50_000, false)[0]).toBe('bins');
    expect(kindsOf(age, chance, 50_000, true)[0]).toBe('points');
  });

  it('are kept where they can show a choice, else chosen', () => {
    const plan = (kind: 'boxes' | 'bars') =>
      planOf({
        x: get('feature:age'),
        y: get('probability:yes'),
        colour: null,
        kind,
        groups: [allOf(look)],
      });
    expect(plan('boxes').kind).toBe('boxes');
    expect(plan('bars').kind).toBe('points');
  });

  it('split by a colour of few values, and say when they cannot', () => {
    const choice = { x: get('feature:job'), y: null, kind: 'auto', groups: [allOf(look)] } as const;
    const split = planOf({ ...choice, colour: get('predicted') });
    expect(split.panels[0].parts.map((part) => [part.name, part.rows.length])).toEqual([
      ['Predicted class: no', 5],
      ['Predicted class: yes', 7],
    ]);
    expect(split.coloured).toBe(true);
    const plain = planOf({ ...choice, colour: get('feature:age') });
    expect(plain.coloured).toBe(false);
    expect(plain.panels[0].parts).toHaveLength(1);
  });

  it('draw groups in one chart, or side by side', () => {
    const groups = [
      allOf(look),
      { ...allOf(look), name: 'Old', rows: Uint32Array.of(9, 10), colour: 1 } as const,
    ];
    const bars = planOf({ x: get('feature:job'), y: null, colour: null, kind: 'auto', groups });
    expect(bars.panels).toHaveLength(1);
    const points = planOf({
      x: get('feature:age'),
      y: get('probability:yes'),
      colour: null,
      kind: 'auto',
      groups,
    });
    expect(points.panels.map((panel) => panel.title)).toEqual([
      'Probability of yes by age: All data',
      'Probability of yes by age: Old',
    ]);
  });
});

describe('figures', () => {
  it('counts and averages by two quantities', () => {
    const look = lookOf();
    const job = byValue(reading(look, 'feature:job'), 10);
    const predicted = byValue(reading(look, 'predicted'), 10);
    const cells = cellsOf(job, predicted, everyRow(12), reading(look, 'feature:age').cells);
    expect(cells.counts.map((line) => [...line])).toEqual([
      [3, 1, 0, 1],
      [3, 3, 1, 0],
    ]);
    expect(cells.means?.[0][0]).toBeCloseTo((21 + 35 + 52) / 3, 12);
    expect(cells.means?.[1][1]).toBeCloseTo((61 + 74) / 2, 12);
    expect(cells.means?.[0][2]).toBeNaN();
  });

  it('has no box where there is no row', () => {
    const look = lookOf();
    const slots = byValue(reading(look, 'feature:job'), 10);
    const boxes = boxesOf(slots, reading(look, 'feature:age').cells, Uint32Array.of(0, 1, 5));
    expect(boxes.map((box) => box?.median ?? null)).toEqual([35, null, null, null]);
  });

  it('draws at most 50,000 points', () => {
    expect(thinned(everyRow(120_000))).toHaveLength(50_000);
    expect(thinned(everyRow(10))).toHaveLength(10);
  });
});

describe('picking', () => {
  const look = lookOf();
  const x = { reading: reading(look, 'feature:age'), slots: null };
  const y = { reading: reading(look, 'probability:yes'), slots: null };
  const pick = (
    rows: readonly number[],
    candidates: ReturnType<typeof ofBox>,
    group = allOf(look),
  ) => pickedOf(look.page, { group, rows: Uint32Array.from(rows), candidates, byHand: 'by hand' });

  it('says a rectangle with short numbers where these give the same rows', () => {
    const found = pick([5, 6, 7], ofBox(x, y, { x: [51.000001, 62.300004], y: [0.4200001, 0.65] }));
    expect(found.text).toBe('age from 51 to 62.3 and Probability of yes from 0.42 to 0.65');
    expect([...matching(look.page, found.filter)]).toEqual([5, 6, 7]);
  });

  it('takes the tight rectangle where the drawn one misses its corners', () => {
    const rows = Uint32Array.of(5, 6, 7);
    const tight = tightBox(x, y, rows);
    expect(tight?.x).toEqual([52, 61]);
    const loose = ofBox(x, y, { x: [52.2, 61], y: [0.45, 0.6] });
    const found = pick([5, 6, 7], [...loose, ...(tight === null ? [] : ofBox(x, y, tight))]);
    expect(found.text).toContain('age from 52 to 61');
  });

  it('names the rows by id where no condition gives them', () => {
    const found = pick([2, 9], ofBox(x, y, { x: [0, 100], y: [0, 1] }));
    expect(found.text).toBe('by hand');
    expect(found.filter).toEqual({ of: 'id', is: 'in', value: [2, 9] });
    expect(idsFilter(look.page, Uint32Array.of(3))).toEqual({ of: 'id', is: 'in', value: [3] });
  });

  it('reaches into the missing', () => {
    const found = pick([0, 3], ofBox(x, y, { x: [NONE, 30], y: [0, 0.5] }));
    expect([...matching(look.page, found.filter)]).toEqual([0, 3]);
    expect(found.text).toContain('age is missing');
    expect(tightBox(x, y, Uint32Array.of(3))).toBeNull();
  });

  it('joins the condition of the cohort it was picked in', () => {
    const filter = { of: 'predicted', is: 'in', value: ['yes'] } as const;
    const cohort = { id: 1, name: 'Yes', filter, shown: true };
    const group = { name: 'Yes', rows: matching(look.page, filter), colour: 1, cohort } as const;
    const found = pick([6, 7], ofBox(x, y, { x: [50, 62], y: [0, 1] }), group);
    expect([...found.rows]).toEqual([6, 7]);
    expect(found.text).toBe(
      'Predicted class is yes and age from 50 to 62 and Probability of yes from 0 to 1',
    );
  });

  it('finds all rows of a rectangle where only some were drawn', () => {
    const found = pickedOf(look.page, {
      group: allOf(look),
      rows: Uint32Array.of(6),
      drawn: Uint32Array.of(0, 2, 4, 6, 8),
      candidates: ofBox(x, y, { x: [50, 62], y: [0, 1] }),
      byHand: '',
    });
    expect([...found.rows]).toEqual([5, 6, 7]);
  });

  it('takes neighbouring labels as one list', () => {
    const job = reading(look, 'feature:job');
    const side = { reading: job, slots: byValue(job, 10) };
    const [filter] = ofBox(side, y, { x: [0, 1], y: [0, 0.3] });
    expect(filter).toEqual({
      all: [
        { of: { feature: 'job' }, is: 'in', value: ['cook', 'nurse'] },
        { of: { probability: 'yes' }, is: 'between', value: [0, 0.3] },
      ],
    });
  });
});

describe('sentences', () => {
  const look = lookOf();
  const sentence = (x: Key, y: Key | null, colour: Key | null = null): string => {
    const plan = planOf({
      x: reading(look, x),
      y: y === null ? null : reading(look, y),
      colour: colour === null ? null : reading(look, colour),
      kind: 'auto',
      groups: [allOf(look)],
    });
    return sentenceOf(plan, everyRow(12));
  };

  it('say what is seen', () => {
    expect(sentence('feature:age', null)).toBe(
      '11 rows; median 60, the middle half from 41.5 to 68.5, all from 21 to 80. 1 row missing.',
    );
    expect(sentence('feature:job', null)).toBe(
      '12 rows; most often cook (50%), nurse (33.3%), and pilot (8.3%).',
    );
    expect(sentence('feature:age', 'probability:yes')).toBe(
      '11 rows: too few to tell a relation. 1 row without one of them.',
    );
    expect(sentence('feature:job', 'feature:age')).toBe(
      'highest median where job is nurse (61), lowest where job is missing (48).',
    );
    expect(sentence('feature:job', 'predicted')).toBe(
      'most rows (3 of 12) where job is cook and Predicted class is no.',
    );
  });
});

describe('relations', () => {
  const wide = lookOf({
    features: {
      up: Array.from({ length: 60 }, (_, i) => i + 0.5),
      down: Array.from({ length: 60 }, (_, i) => (i === 7 ? null : -i / 3)),
      flat: Array.from({ length: 60 }, (_, i) => ((i * 37) % 60) / 7),
    },
  });
  const said = (x: Key, y: Key): string => {
    const plan = planOf({
      x: reading(wide, x),
      y: reading(wide, y),
      colour: null,
      kind: 'auto',
      groups: [allOf(wide)],
    });
    return sentenceOf(plan, everyRow(60));
  };

  it('are called by their strength', () => {
    expect(said('feature:up', 'feature:down')).toBe(
      '59 rows; rank correlation \u22121: they clearly move against each other. 1 row without one of them.',
    );
    expect(said('feature:up', 'feature:flat')).toMatch(/no clear rising or falling relation\.$/);
  });
});

describe('the table of rows', () => {
  it('starts with outcomes, axes and the most important features', () => {
    const choices = choicesOf(lookOf());
    expect(firstColumns(choices, ['column:town', 'id', ''])).toEqual([
      'predicted',
      'probability:yes',
      'actual',
      'column:town',
      'feature:age',
      'feature:job',
    ]);
  });

  it('finds rows by a part of their id', () => {
    const ids = ['ab-1', 'AB-2', 'cd-1'];
    expect([...foundRows(everyRow(3), 'ab', (row) => ids[row])]).toEqual([0, 1]);
    expect([...foundRows(everyRow(3), ' ', (row) => ids[row])]).toEqual([0, 1, 2]);
  });

  it('lists few of many features, the chosen ones among them', () => {
    const names = Array.from({ length: 500 }, (_, i) => `f${i}`);
    const choices = names.map((name) => ({
      key: `feature:${name}`,
      label: name,
      group: 'Features',
    }));
    const listed = listedOf(choices, '', ['feature:f499']);
    expect(listed).toHaveLength(61);
    expect(listed.at(-1)?.label).toBe('f499');
    expect(listedOf(choices, 'F49', []).map((one) => one.label)).toEqual([
      'f49',
      'f490',
      'f491',
      'f492',
      'f493',
      'f494',
      'f495',
      'f496',
      'f497',
      'f498',
      'f499',
    ]);
  });
});
