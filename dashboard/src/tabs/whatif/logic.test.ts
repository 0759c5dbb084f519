/** Edits, warnings, outcomes, sweeps: on a small model whose answers are known. */

import { describe, expect, test } from 'vitest';
import { changed, type Value } from '../../model/cells.ts';
import { COLOURS, evaluator, ROWS, SOURCES } from '../../model/testing/models.ts';
import type { ColumnData } from '../../payload/columns.ts';
import type { Page } from '../../payload/page.ts';
import { rowsById } from '../../state/ids.ts';
import { dateText, timeOf } from '../../ui/dates.ts';
import { difference, outcomeOf, sentenceOf, shownLines } from '../shared/outcome/outcome.ts';
import { heightAt } from './handle.ts';
import * as logic from './logic.ts';
import { contributionsOf } from './outcome.ts';
import * as sweep from './sweep.ts';

const model = evaluator();
const LAST = ROWS.length - 1;

function columnOf(at: number): ColumnData {
  const { name, type, values, number } = SOURCES[at];
  const show = (x: number) => (Number.isNaN(x) ? 'missing' : (values[x] ?? String(x)));
  return {
    spec: { name, type, array: name, whole: name === 'n', ...(at === 0 ? { range: [-1, 9] } : {}) },
    name,
    type,
    absent: undefined,
    values,
    number,
    missing: (row) => Number.isNaN(number(row)),
    text: (row) => show(number(row)),
    show,
  };
}

const ids: ColumnData = {
  ...columnOf(1),
  name: 'id',
  type: 'category',
  text: (row) => `r${row}`,
  values: ['r'],
};
const page = {
  rows: { count: ROWS.length, ids },
  views: [{ columns: SOURCES.map((_, i) => columnOf(i)) }],
} as unknown as Page;
const editables = logic.editablesOf(page, model);
const [x, n, colour, b] = editables;

describe('what can be edited', () => {
  test('is what the model reads and the page holds', () => {
    expect(editables.map((one) => [one.name, one.kind, one.whole])).toEqual([
      ['x', 'number', false],
      ['n', 'number', true],
      ['colour', 'labels', false],
      ['b', 'labels', false],
    ]);
    // Of all rows, also of those that are not embedded.
    expect(x.observed()).toMatchObject({ minimum: -1, maximum: 9, missing: 1 });
  });

  test('values go to places of an axis and back', () => {
    const round = (editable: logic.Editable, value: Value) =>
      logic.valueAt(editable, logic.numberOf(editable, value));
    expect([round(x, 1.5), round(n, 2.4), round(colour, 'blue'), round(b, 1)]).toEqual([
      1.5,
      2,
      'blue',
      1,
    ]);
    expect(round(colour, null)).toBeNull();
    expect(round(b, Number.NaN)).toBeNaN();
    expect(logic.numberOf(colour, 'no such')).toBeNaN();
    expect(logic.textOf(b, 1)).toBe('True');
  });

  test('an edit back to what was there is none', () => {
    const row = model.cellsOf([LAST]);
    const edits = new Map<number, Value>([
      [0, Number.NaN],
      [1, 7],
      [2, 'green'],
    ]);
    expect(logic.changesOf(row, edits)).toEqual([{ input: 1, value: 7 }]);
  });

  test('numbers are typed in as few digits as tell them', () => {
    expect(logic.typed(Math.fround(-201.2))).toBe(-201.2);
    expect(logic.typed(0.1)).toBe(0.1);
    expect(logic.typed(Number.NaN)).toBeNaN();
  });

  test('steps are round parts of the range', () => {
    expect([logic.stepOf(x), logic.stepOf(n), logic.stepOf(colour)]).toEqual([0.1, 1, 1]);
    expect(logic.marksOf(x)[2]).toBe(2);
  });
});

test('rows are the same beside what is swept, missing cells too', () => {
  const cells = (x: number, name: string | null) => ({
    count: 2,
    inputs: [Float64Array.of(x, Number.NaN), [name, null]],
  });
  expect(logic.isSameBeside(cells(1, 'a'), cells(2, 'a'), 0)).toBe(true);
  expect(logic.isSameBeside(cells(1, 'a'), cells(2, 'a'), 1)).toBe(false);
  expect(logic.isSameBeside(cells(1, 'a'), cells(1, null), 0)).toBe(false);
});

test('warnings: outside, unseen, never missing', () => {
  expect(logic.warningOf(x, 12, true)).toContain('Outside');
  expect(logic.warningOf(x, 12, false)).toBeUndefined();
  expect(logic.warningOf(x, 3, true)).toBeUndefined();
  expect(logic.warningOf(n, Number.NaN, true)).toContain('never missing');
  expect(logic.warningOf(x, Number.NaN, true)).toBeUndefined();
  const unseen = { ...colour, observed: () => ({ ...colour.observed(), counts: [1, 1, 0] }) };
  expect(logic.warningOf(unseen, 'blue', true)).toContain('No row');
});

describe('rows', () => {
  test('by id, as in every tab', () => {
    expect(rowsById(page, ' R3 ', 1)).toEqual([3]);
    expect(rowsById(page, 'r9', 1)).toEqual([]);
  });

  test('kept and taken again', () => {
    const after = changed(model.cellsOf([0]), [
      { input: 0, value: Number.NaN },
      { input: 2, value: 'blue' },
    ]);
    const made = logic.madeOf('mine', 0, editables, after);
    expect(made.cells).toEqual({ x: Number.NaN, n: 1, colour: 'blue', b: 0 });
    const edits = logic.editsOf(made, editables);
    expect(logic.changesOf(model.cellsOf([0]), edits)).toHaveLength(2);
  });

  test('the nearest of the data', () => {
    const near = logic.nearestRow(editables, model.cellsOf([0]), ROWS.length, 0);
    // Row 4 differs in x by 4 of 10, and in n by 4 of 5; row 1 in everything, if by less.
    expect(near?.row).toBe(4);
    expect(near?.distance).toBeCloseTo((0.4 + 0.8) / 4, 12);
  });
});

describe('attributions', () => {
  const both = model.cellsOf([0, 2]);
  const made = model.attribute(both);
  if (made === null) throw new Error('the model attributes');

  test('of the first class are the negative', () => {
    const first = logic.addedOf(made, 0, -1, false);
    expect([...first.rows[0]]).toEqual([2, 5, 2, 2]);
    expect(first.base).toBe(-1);
  });

  test('as probability they add up to its difference', () => {
    const { rows, base } = logic.addedOf(made, 0, 1, true);
    const sum = rows[1].reduce((total, value) => total + value, base);
    const wanted = made.values.slice(4, 8).reduce((total, value) => total + value, 1);
    expect(sum).toBeCloseTo(1 / (1 + Math.exp(-wanted)), 12);
  });

  test('are sorted by what the edit moves, the rest summed', () => {
    const sorted = contributionsOf(Float64Array.of(3, 1, 2, 0.5), Float64Array.of(3, 4, 2, 0), 2);
    expect(sorted.shown.map((one) => one.feature)).toEqual([1, 3]);
    expect(sorted.rest).toEqual({ feature: -1, before: 5, after: 5 });
    expect(sorted.left).toBe(2);
  });
});

describe('outcomes', () => {
  const predictions = model.predict(model.cellsOf([0, 2]));

  test('of classes', () => {
    const outcome = outcomeOf(predictions, ['no', 'yes'], 0.5);
    expect(outcome.labels).toEqual(['no', 'yes']);
    expect(outcome.unit).toBe('probability');
    expect(outcome.lines[1].after).toBeCloseTo(1 / (1 + Math.exp(-6)), 12);
    expect(sentenceOf(outcome, true)).toContain('from no to yes');
    expect(sentenceOf(outcome, false)).toContain('no');
    expect(difference('probability', outcome.lines[1])).toBe('+99.7 pp');
  });

  test('follow the threshold', () => {
    expect(outcomeOf(predictions, ['no', 'yes'], 0.9999).labels).toEqual(['no', 'no']);
  });

  test('of values and of margins', () => {
    const line = evaluator({ kind: 'identity' });
    const value = outcomeOf(line.predict(line.cellsOf([0, 2])), ['y'], 0.5);
    expect(value.lines[0]).toMatchObject({ before: -10, after: 6 });
    expect(sentenceOf(value, true)).toContain('+16');
    const decision = evaluator({ kind: 'decision' });
    const margin = outcomeOf(decision.predict(decision.cellsOf([0, 2])), ['no', 'yes'], 0.5);
    expect(margin.unit).toBe('margin');
    expect(margin.lines.map((one) => one.before)).toEqual([10, -10]);
  });

  test('of many classes those that matter are shown, in their order', () => {
    const lines = Array.from({ length: 20 }, (_, i) => ({
      name: String(i),
      before: i === 3 ? 1 : 0,
      after: i === 12 ? 1 : 0,
      said: [i === 3, i === 12] as const,
    }));
    const shown = shownLines(lines).map((line) => line.name);
    expect(shown).toHaveLength(6);
    expect(shown.filter((name) => name === '3' || name === '12')).toEqual(['3', '12']);
  });
});

describe('sweeps', () => {
  test('of numbers reach from end to end, missing last', () => {
    const grid = sweep.gridOf(x, sweep.USUAL, 1);
    expect(grid.xs[0]).toBe(-1);
    expect(grid.xs.at(-1)).toBeNaN();
    expect(sweep.axisOf(x, grid)).toMatchObject({ domain: [-1, 9], missing: true });
    expect(sweep.rangeRules(x, grid)).toEqual([]);
  });

  test('go to the value of the row where it is outside', () => {
    const grid = sweep.gridOf(x, sweep.USUAL, 20);
    expect(sweep.axisOf(x, grid).domain).toEqual([-1, 20]);
    expect(sweep.rangeRules(x, grid).map((rule) => rule.value)).toEqual([9]);
    expect([sweep.gridKey(x, 3), sweep.gridKey(x, 20)]).toEqual(['within', 20]);
  });

  test('of a row whose value is infinite stay within the data', () => {
    expect(sweep.axisOf(x, sweep.gridOf(x, sweep.USUAL, Number.POSITIVE_INFINITY)).domain).toEqual([
      -1, 9,
    ]);
    expect(sweep.gridKey(x, Number.NEGATIVE_INFINITY)).toBe('within');
  });

  test('take the ends that are asked for', () => {
    const grid = sweep.gridOf(n, { minimum: 2, maximum: 4, steps: 10 });
    expect(grid.xs).toEqual([2, 3, 4]);
  });

  test('of labels', () => {
    const grid = sweep.gridOf(colour, sweep.USUAL, 'red');
    expect(grid.values).toEqual(['red', 'green', 'blue', null]);
    expect(grid.names).toEqual(COLOURS);
    expect(sweep.placeOf(colour, grid, 'blue')).toBe(2);
    expect(sweep.placeOf(colour, grid, null)).toBeNaN();
    expect(sweep.gridOf(b, sweep.USUAL, 0).values).toEqual([0, 1]);
  });

  test('as many rows as there is time for', () => {
    expect(sweep.affordable(1e6, 40, 0.1)).toBe(200);
    expect(sweep.affordable(10, 40, 0.1)).toBe(20);
  });

  test('the height between two points of a curve', () => {
    const line = { name: '', xs: [0, 2, Number.NaN], ys: [0, 4, 9] };
    expect([heightAt(line, 1), heightAt(line, 2)]).toEqual([2, 4]);
    expect(heightAt(line, 3)).toBeNaN();
  });
});

test('times in the field of the browser are UTC', () => {
  const time = Date.UTC(2024, 4, 1, 12, 30);
  expect(dateText(time)).toBe('2024-05-01T12:30');
  expect(timeOf(dateText(time))).toBe(time);
  expect(dateText(time + 1500)).toBe('2024-05-01T12:30:01.500');
  expect(timeOf('')).toBeNaN();
});

test('recorded curves of an output that was not recorded are those of the first', () => {
  const size = 6;
  expect([0, 1, 2].map((asked) => sweep.heldOutput(3 * size, size, asked))).toEqual([0, 1, 2]);
  expect([0, 1, 2].map((asked) => sweep.heldOutput(size, size, asked))).toEqual([0, 0, 0]);
});

describe('ends of a sweep', () => {
  const asked = (minimum: number, maximum: number) => ({ minimum, maximum, steps: 5 });
  const ends = (one: sweep.Asked) => {
    const { xs } = sweep.gridOf(x, one, 2);
    const known = xs.filter((value) => !Number.isNaN(value));
    return [known[0], known.at(-1)];
  };

  test('are in order, and it is said that they were not', () => {
    expect(ends(asked(2, 7))).toEqual([2, 7]);
    expect(ends(asked(7, 2))).toEqual([2, 7]);
    expect(sweep.oddEnds(x, asked(2, 7), 2)).toBeUndefined();
    expect(sweep.oddEnds(x, asked(7, 2), 2)).toBe(
      'The minimum is above the maximum: swept from 2 to 7.',
    );
  });

  test('beyond what is observed meet the other end', () => {
    expect(ends(asked(12, Number.NaN))).toEqual([9, 12]);
    expect(sweep.oddEnds(x, asked(12, Number.NaN), 2)).toContain('from 9 to 12');
    expect(sweep.oddEnds(x, asked(3, 3), 2)).toContain('nothing to sweep');
    expect(sweep.oddEnds(x, sweep.USUAL, 2)).toBeUndefined();
  });
});
