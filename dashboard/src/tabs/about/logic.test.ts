/** Tests of "About": columns, limits, words, and text to take along. */

import { describe, expect, it } from 'vitest';
import { type Sketch, sketched } from '../../testing/pages.ts';
import {
  csvOf,
  linesOf as exported,
  type Format,
  markdownOf,
  type Source,
  textOf,
  type What,
} from './exports.ts';
import { limitsOf } from './limits.ts';
import { contentsOf, linesOf, schemaOf, typeOf, valuesOf } from './schema.ts';
import { GLOSSARY } from './strings.ts';

const SKETCH: Sketch = {
  features: { age: [20, null, 40, 40], job: ['cook', 'nurse', null, 'cook'] },
  others: { town: ['a', 'b', 'a', 'b'] },
  predicted: [0, 1, 1, 0],
  actual: [0, 1, 0, Number.NaN],
  local: [
    [
      [1, -1, 0.5, 0],
      [0.25, 0, 0, -0.5],
    ],
  ],
  baseValues: [-0.5],
};

function source(sketch: Sketch = SKETCH, change: Partial<Source> = {}): Source {
  const page = sketched(sketch);
  return {
    page,
    view: page.views[0],
    output: 1,
    scale: 'kept',
    cohorts: [],
    selected: [],
    made: [],
    ...change,
  };
}

describe('columns', () => {
  const page = sketched(SKETCH);
  const lines = linesOf(page, page.views[0]);

  it('are features, others and ids', () => {
    expect(lines.map((line) => [line.column.name, line.role])).toEqual([
      ['age', 'feature'],
      ['job', 'feature'],
      ['town', 'other'],
      ['id', 'id'],
    ]);
  });

  it('are counted, and described', () => {
    expect(contentsOf(lines[0].column, 4)).toEqual({ distinct: 2, missing: 1 });
    expect(lines.map((line) => typeOf(line.column))).toEqual([
      'number',
      'category',
      'category',
      'whole number',
    ]);
    expect(valuesOf(lines[0].column)).toBe('20 to 40');
    expect(valuesOf(lines[1].column)).toBe('cook, nurse');
    const table = schemaOf(lines, 4);
    const missing = table.columns.find((column) => column.title === 'Missing');
    expect([0, 1, 2].map((line) => missing?.text?.(line))).toEqual(['25%', '25%', '0%']);
  });

  it('say why they have no cells', () => {
    const column = { name: 'age', type: 'number', array: '', absent: 'Left out.' } as const;
    const bare = sketched({ features: { age: [1] }, view: { columns: [column] } });
    const table = schemaOf(linesOf(bare, bare.views[0]), 1);
    const texts = table.columns.map((one) => one.text?.(0) ?? one.value(0));
    expect(texts.slice(0, 5)).toEqual(['age', 'not in the page', 'Left out.', '', '']);
  });
});

describe('limits', () => {
  it('tell a sample from all rows', () => {
    const page = sketched(SKETCH);
    expect(limitsOf(page, page.views[0])[0]).toBe('The page holds all 4 rows that were explained.');
    const rows = { ...page.payload.rows, total: 900, sampled: 'A seeded sample.' };
    const sample = sketched({ ...SKETCH, payload: { rows } });
    const said = limitsOf(sample, sample.views[0]);
    expect(said[0]).toContain('4 of 900 rows');
    expect(said).toContain('A seeded sample.');
  });
});

describe('words', () => {
  it('are in order, each once, with a meaning', () => {
    const words = GLOSSARY.map((one) => one.word);
    expect([...new Set(words)].sort((a, b) => a.localeCompare(b, 'en'))).toEqual(words);
    expect(GLOSSARY.every((one) => one.means.endsWith('.'))).toBe(true);
  });
});

describe('text to take along', () => {
  it('has global importances, the largest first', () => {
    const text = textOf(source(), 'global', 'csv');
    expect(text.split('\r\n')).toEqual(['feature,importance', 'age,0.625', 'job,0.1875']);
  });

  it('has cohorts as they can be pasted', () => {
    const filter = { of: { feature: 'age' }, is: '>', value: 30 } as const;
    const cohorts = [{ id: 1, name: 'Old', filter, shown: true }];
    const at = source(SKETCH, { cohorts });
    expect(JSON.parse(textOf(at, 'cohorts', 'json'))).toEqual([{ name: 'Old', filter }]);
    expect(exported(at, 'cohorts')[0]).toMatchObject({ rows: 2, condition: 'age > 30' });
  });

  it('has selected rows, whose importances add up', () => {
    const lines = exported(source(SKETCH, { selected: [1] }), 'rows');
    expect(lines).toEqual([
      {
        id: '1',
        predicted: 'yes',
        actual: 'yes',
        output: 'yes',
        feature: 'age',
        value: null,
        importance: -1,
      },
      {
        id: '1',
        predicted: 'yes',
        actual: 'yes',
        output: 'yes',
        feature: 'job',
        value: 'nurse',
        importance: 0,
      },
      {
        id: '1',
        predicted: 'yes',
        actual: 'yes',
        output: 'yes',
        feature: '(base value)',
        value: null,
        importance: -0.5,
      },
      {
        id: '1',
        predicted: 'yes',
        actual: 'yes',
        output: 'yes',
        feature: '(sum)',
        value: null,
        importance: -1.5,
      },
    ]);
  });

  it('turns with the class', () => {
    const lines = exported(source(SKETCH, { selected: [0], output: 0 }), 'rows');
    expect(lines[0]).toMatchObject({ output: 'no', feature: 'age', importance: -1 });
  });

  it('has made rows', () => {
    const made = [{ name: 'Older', from: 2, cells: { age: 60, job: null } }];
    expect(textOf(source(SKETCH, { made }), 'made', 'csv')).toBe(
      'name,from,age,job\r\nOlder,2,60,',
    );
  });

  it('is empty where there is nothing', () => {
    for (const what of ['cohorts', 'rows', 'made'] as What[]) {
      for (const format of ['json', 'csv', 'markdown'] as Format[]) {
        expect(textOf(source(), what, format)).toBe('');
      }
    }
  });

  it('keeps what would break out of a cell', () => {
    const lines = [{ 'a,b': 'x"y', c: 'two\nlines', d: '<img>|`' }];
    expect(csvOf(lines)).toBe('"a,b",c,d\r\n"x""y","two\nlines",<img>|`');
    expect(markdownOf(lines)).toBe(
      '| a,b | c | d |\n| --- | --- | --- |\n| x"y | two lines | \\<img\\>\\|\\` |',
    );
  });
});
