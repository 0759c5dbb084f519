/** Tests of the overview: its sentences must be true of the data. */

import { describe, expect, it } from 'vitest';
import type { View } from '../../payload/types.ts';
import { headlinesOf } from '../../shell/headlines.ts';
import { headingOf } from '../../shell/strings.ts';
import type { CohortRows } from '../../state/cohorts.ts';
import { everyRow } from '../../stats/rows.ts';
import { type Sketch, sketched } from '../../testing/pages.ts';
import { labelOf } from '../shared/labels.ts';
import { modeText } from '../shared/mode.ts';
import { directionsOf } from './directions.ts';
import { keyFigures } from './figures.ts';
import { differencesOf } from './groups.ts';
import { importancesOf, reliesOn } from './importances.ts';
import { lackingOf } from './lacking.ts';
import { qualityOf, trustOf } from './quality.ts';

const N = 60;
const rows = Array.from({ length: N }, (_, i) => i);
const globals = (
  values: readonly number[],
  more: Partial<View['globals']> = {},
): Partial<View> => ({
  globals: {
    values,
    perOutput: [values],
    measure: 'mean |importance| (log-odds)',
    rows: N,
    ...more,
  },
});

function pageOf(sketch: Sketch) {
  const page = sketched(sketch);
  return { page, view: page.views[0], payload: page.payload };
}

function group(name: string, of: Uint32Array, cohort = true): CohortRows {
  const filter = { all: [] } as const;
  return {
    name,
    rows: of,
    colour: 1,
    cohort: cohort ? { id: 1, name, filter, shown: true } : null,
  };
}

describe('what a model relies on', () => {
  const features = { a: [1, 2], b: [1, 2], c: [1, 2], d: [1, 2] };
  const said = (view: Partial<View>, method = 'tree'): string[] => {
    const { payload, view: one } = pageOf({ features, view, payload: { method } });
    return reliesOn(payload, one, importancesOf(one, 1), null);
  };

  it('is told with shares that add up', () => {
    expect(said(globals([1, 5, 4, 0]))).toEqual([
      'Model relies most on \u201cb\u201d (50%), \u201cc\u201d (40%), and \u201ca\u201d (10%). ' +
        'Shares are of the importance of all features together.',
      '2 of 4 features hold 90% of all importance.',
      '1 of 4 features has no importance at all in these rows.',
    ]);
  });

  it('counts features that were left out before', () => {
    expect(said(globals([1, 5, 4, 0], { rest: 10, leftOut: 6 }))[0]).toContain(
      '\u201cb\u201d (25%)',
    );
    expect(said(globals([40, 5, 4, 0], { rest: 1, leftOut: 6 }))[1]).toBe(
      'That one feature of 10 holds 80% of all importance.',
    );
  });

  it('has no shares where the measure is no part of a whole', () => {
    const view = globals([0.5, -0.1, 0.2, 0], {
      measure: 'mean decrease of accuracy',
      standardDeviations: [0.1, 0.1, 0.3, 0],
    });
    expect(said(view)).toEqual(['Model relies most on \u201ca\u201d.']);
  });

  it('is nothing where nothing matters', () => {
    expect(said(globals([0, 0, 0, 0]))).toEqual([
      'Model relies on no feature: none has an importance above 0.',
    ]);
    const unsure = globals([0.1, 0, 0, 0], { measure: 'drop', standardDeviations: [0.2, 0, 0, 0] });
    expect(said(unsure)[0]).toContain('for sure');
  });

  it('passes over what rounding leaves behind', () => {
    expect(said(globals([1, 1e-17, 0, 0.001]))).toEqual([
      'Model relies most on \u201ca\u201d (99.9%). Shares are of the importance of all features together.',
      'That one feature of 4 holds 99.9% of all importance.',
      '2 of 4 features have no importance at all in these rows.',
    ]);
  });

  it('names a surrogate', () => {
    expect(said(globals([1, 0, 0, 0]), 'mimic')[0]).toMatch(
      /^The surrogate of Model relies most on/,
    );
  });

  it('is told per class where classes have their own', () => {
    const perOutput = [
      [1, 0],
      [0, 1],
      [0, 3],
    ];
    const { view } = pageOf({
      features: { a: [1], b: [1] },
      classes: ['x', 'y', 'z'],
      view: { globals: { values: [1, 2], perOutput, measure: 'mean |importance|', rows: 1 } },
    });
    expect(importancesOf(view, 0).order).toEqual([0, 1]);
    expect(importancesOf(view, 2).total).toBe(3);
    expect(importancesOf(view, 'all').total).toBe(3);
  });
});

describe('directions', () => {
  const up = rows.map((i) => i / 16 - 2);
  const sketch: Sketch = {
    features: {
      age: rows,
      job: rows.map((i) => ['cook', 'nurse', 'pilot'][i % 3]),
      wave: rows,
    },
    local: [
      [up, rows.map((i) => [1, -1, 0.5][i % 3]), rows.map((i) => Math.abs(i - 30) / 20 - 0.5)],
    ],
  };

  it('are told of values and of categories, and not where there is none', () => {
    const { page, view } = pageOf(sketch);
    expect(directionsOf(page, view, 1, 'kept')).toEqual([
      'Larger values of \u201cage\u201d tend to speak for \u201cyes\u201d (rank correlation +1).',
      'Of \u201cjob\u201d, \u201ccook\u201d has the highest mean importance for \u201cyes\u201d (+1), ' +
        '\u201cnurse\u201d the lowest (\u22121).',
      '\u201cwave\u201d matters without one clear direction: its effect may turn, or depend on other ' +
        'features. Its plot under Importance shows how.',
      'Rank correlations, from \u22121 to +1, are of a feature\u2019s value and its importance; from 0.6 ' +
        'on, either way, a direction is told.',
    ]);
  });

  it('turn with the class', () => {
    const { page, view } = pageOf(sketch);
    expect(directionsOf(page, view, 0, 'kept')[0]).toBe(
      'Larger values of \u201cage\u201d tend to speak against \u201cno\u201d (rank correlation \u22121).',
    );
  });

  it('speak for a larger prediction in a regression', () => {
    const { page, view } = pageOf({ features: { age: rows }, classes: null, local: [[up]] });
    expect(directionsOf(page, view, 0, 'kept')[0]).toContain('speak for a larger prediction');
    expect(labelOf(page, view, 0)).toBeNull();
  });

  it('are told of the class a feature matters most for where all are looked at', () => {
    const flat = rows.map(() => 0);
    const { page, view } = pageOf({
      features: { age: rows },
      classes: ['x', 'y', 'z'],
      local: [[flat], [up.map((v) => -v)], [flat]],
      view: globals([1], { perOutput: [[0], [1], [0]] }),
    });
    expect(directionsOf(page, view, 'all', 'kept')[0]).toBe(
      'Larger values of \u201cage\u201d tend to speak against \u201cy\u201d (rank correlation \u22121).',
    );
  });

  it('say what is missing for them', () => {
    const bare = pageOf({ features: { age: rows } });
    expect(directionsOf(bare.page, bare.view, 1, 'kept')[0]).toMatch(
      /^Directions need importances/,
    );
    const few = pageOf({ features: { age: [1, 2] }, local: [[[1, 2]]] });
    expect(directionsOf(few.page, few.view, 1, 'kept')).toEqual([
      'With 2 rows no direction is clear.',
    ]);
    const column = { name: 'age', type: 'number', array: '', absent: 'Masked.' } as const;
    const dark = pageOf({ features: { age: rows }, local: [[up]], view: { columns: [column] } });
    expect(directionsOf(dark.page, dark.view, 1, 'kept')[0]).toMatch(/^Directions need the cells/);
  });
});

describe('differences of groups', () => {
  const half = everyRow(N).filter((row) => row < 30);
  const sketch: Sketch = {
    features: { a: rows, b: rows },
    local: [
      [rows.map((i) => (i < 30 ? 2 : 0.5) + (i % 4) / 100), rows.map((i) => 1 + (i % 5) / 50)],
    ],
    predicted: rows.map(() => 1),
    actual: rows.map((i) => Number(i >= 30)),
  };

  it('are told where they are clear', () => {
    const { page, view } = pageOf(sketch);
    expect(differencesOf(page, view, 1, 'kept', [group('Half', half)])).toEqual([
      'In \u201cHalf\u201d predictions are clearly worse: accuracy 0%, against 50% of all rows.',
      'In \u201cHalf\u201d \u201ca\u201d matters more: mean |importance| 2.014, against 1.265 of all rows.',
    ]);
  });

  it('are not told of chance, of few rows, or of no cohort', () => {
    const { page, view } = pageOf(sketch);
    const said = (of: CohortRows): string[] => differencesOf(page, view, 1, 'kept', [of]);
    const even = everyRow(N).filter((row) => row % 2 === 0);
    expect(said(group('Even', even))).toEqual([
      '\u201cEven\u201d shows no clear difference to all rows.',
    ]);
    expect(said(group('Few', half.slice(0, 9)))).toEqual([
      '\u201cFew\u201d holds 9 rows: too few to tell differences.',
    ]);
    expect(said(group('All data', everyRow(N), false))[0]).toMatch(/^No cohort is shown/);
  });
});

describe('how good a model is', () => {
  it('is compared with the most frequent class', () => {
    const { page } = pageOf({
      features: { a: [1, 2, 3, 4] },
      predicted: [0, 0, 1, 1],
      actual: [0, 0, 1, 0],
    });
    expect(qualityOf(page).slice(0, 2)).toEqual([
      '75% of 4 predictions are as observed.',
      'That is no more than always naming the most frequent class, \u201cno\u201d, would give (75%).',
    ]);
  });

  it('is of all rows explained where the page holds a sample', () => {
    const overall = {
      rows: 100,
      metrics: { accuracy: 0.9 },
      confusion: [
        [50, 10],
        [0, 40],
      ],
    };
    const { page } = pageOf({
      predicted: [0, 0, 0, 0],
      actual: [1, 1, 1, 1],
      payload: { overall },
    });
    expect(qualityOf(page).slice(0, 2)).toEqual([
      '90% of 100 predictions are as observed.',
      'Always naming the most frequent class, \u201cno\u201d, would be right in 60%.',
    ]);
  });

  it('is an error and a share of variance in a regression', () => {
    const features = { a: [1, 2, 3, 4] };
    const good = pageOf({ features, classes: null, predicted: [1, 2, 3, 5], actual: [1, 2, 3, 4] });
    expect(qualityOf(good.page).slice(0, 2)).toEqual([
      'Predictions for 4 rows with a known outcome are off by 0.25 on average (mean absolute error).',
      'They explain 80% of the variance of the observed values (R\u00b2).',
    ]);
    const bad = pageOf({ features, classes: null, predicted: [9, 9, 9, 9], actual: [1, 2, 3, 4] });
    expect(qualityOf(bad.page)[1]).toMatch(/^They are no better than always naming the mean/);
  });

  it('is not known without outcomes or predictions', () => {
    expect(qualityOf(pageOf({ predicted: [1, 0] }).page)[0]).toMatch(/^Observed outcomes are not/);
    expect(qualityOf(pageOf({}).page)[0]).toMatch(/^Predictions are not/);
    const none = pageOf({ predicted: [1, 0], actual: [Number.NaN, Number.NaN] });
    expect(qualityOf(none.page)[0]).toMatch(/^Observed outcomes are not/);
  });
});

describe('how far importances can be trusted', () => {
  const said = (view: Partial<View>, method = 'tree', local = true): string[] => {
    const { page, view: one } = pageOf({
      features: { a: [1, 2] },
      ...(local ? { local: [[[1, -2]]] } : {}),
      view,
      payload: { method },
    });
    return trustOf(page, one);
  };

  it('is told by how far they add up', () => {
    expect(said({ additive: true, quality: { additivity_error_max: 2e-15 } })).toEqual([
      'Base value plus importances are the model\u2019s own output in every row (largest difference ' +
        'less than 1e-9, log-odds).',
    ]);
    expect(said({ additive: true })[0]).toContain('was not measured');
    expect(said({ additive: false, quality: { additivity_error_max: 0.25 } })).toEqual([
      'Base value plus importances miss the model\u2019s own output by up to 0.25 (log-odds), where they ' +
        'range from \u22122 to 1.',
    ]);
    expect(said({ additive: false })[0]).toContain('by how much is not known');
    expect(said({}, 'tree', false)).toEqual([
      'Importances of single rows are not there, so nothing adds up to a prediction.',
    ]);
  });

  it('is told by what taking tokens out does', () => {
    const quality = {
      deletion_auc: 0.25,
      deletion_auc_random: 0.5,
      insertion_auc: 0.5,
      insertion_auc_random: 0.75,
      curve_documents: 50,
    };
    const found = said({ quality }, 'text masking');
    expect(found.slice(1)).toEqual([
      'Tokens taken out of 50 texts, the most important ones first, lead the model away from its ' +
        'prediction faster than in a random order (mean area under the curve 0.25, at random 0.5: ' +
        'lower is better).',
      'Put in first, they lead it there no faster than in a random order (mean area 0.5, at random ' +
        '0.75: higher is better).',
    ]);
  });

  it('says of an attention network that it is a surrogate', () => {
    const found = said({ quality: { fidelity_r2: 0.5 } }, 'text han');
    expect(found[0]).toBe('A surrogate was explained in place of the model.');
    expect(found[1]).toContain('50% of the variance');
  });

  it('is told by how near a surrogate is', () => {
    const quality = { fidelity_r2: 0.951, fidelity_agreement: 0.98, additivity_error_max: 1e-9 };
    const [is, fidelity, agreement, sums] = said({ quality }, 'mimic');
    expect(is).toContain('surrogate');
    expect(fidelity).toContain('95.1% of the variance');
    expect(fidelity).toContain('rows held out');
    expect(agreement).toContain('98%');
    expect(sums).toContain('the model\u2019s own output');
    const missed = said({ quality: { additivity_error_max: 1.5 }, additive: false }, 'mimic');
    expect(missed.join(' ')).toContain('miss the model\u2019s own output by up to 1.5');
    expect(missed.at(-1)).toContain('how far the surrogate is from the model');
    const poor = said({ quality: { fidelity_r2_train: -0.1 } }, 'mimic');
    expect(poor[1]).toContain('no better than its mean');
    expect(poor[1]).toContain('the rows it was fitted on');
  });

  it('names estimates', () => {
    expect(said({ quality: { standard_error_max: 0.01 } })[1]).toContain('0.01 (log-odds)');
  });
});

describe('several targets', () => {
  const many = pageOf({
    features: { a: [1, 2, 3, 4] },
    classes: null,
    predicted: [1, 2, 3, 4],
    actual: [1, 2, Number.NaN, 5],
    view: { outputs: ['target 0', 'target 1'] },
  });

  it('name the one that figures are of', () => {
    const said = qualityOf(many.page);
    expect(said[0]).toMatch(/^Predictions of \u201ctarget 0\u201d for 3 rows with a known outcome/);
    expect(said.join(' ')).toContain('those of \u201ctarget 0\u201d, whichever target is chosen');
    const names = keyFigures(many.page, [group('All data', everyRow(4), false)]).lines.map(
      (line) => line.name,
    );
    expect(names).toContain('Mean prediction (target 0)');
    expect(names).toContain('Mean absolute error (target 0)');
    const [, , error] = headlinesOf(many.page);
    expect(error).toEqual({
      name: 'Mean absolute error of target 0',
      text: '0.3333 (3 known outcomes)',
    });
  });
});

describe('a page made without data', () => {
  it('says so, and advises nothing that was done', () => {
    const absent = 'The page was made without the cells of the rows.';
    const column = { name: 'a', type: 'number', array: '', absent } as const;
    const { page, view } = pageOf({ features: { a: [1, 2] }, view: { columns: [column] } });
    const said = lackingOf(page, view).join(' ');
    expect(said).toContain('include_data=True');
    expect(said).not.toContain('true_y=');
    expect(said).not.toContain('Predictions. Pass the model');
  });
});

describe('what stands in a page', () => {
  it('shows texts without the marks of code', () => {
    const modelNote = 'Pass `model` when the page is made.';
    const { payload } = pageOf({ payload: { modelNote, caveats: ['See `mask`.'] } });
    expect(payload.modelNote).toBe('Pass model when the page is made.');
    expect(payload.caveats).toEqual(['See mask.']);
  });

  it('has the title it was given as its heading', () => {
    const named = pageOf({ payload: { title: 'Credit, 2024' } }).payload;
    expect(headingOf(named)).toEqual({
      title: 'Credit, 2024',
      below: 'Why Model predicts what it predicts',
    });
    expect(headingOf({ ...named, title: 'Explanation of Model' }).below).toBeNull();
  });

  it('tells how near a stand-in is in words', () => {
    const fidelity = { fidelity_r2: 0.7668, fidelity_agreement: 1, fidelity_r2_train: 1 };
    const model = {
      mode: 'surrogate',
      description: '1 tree',
      fidelity,
      checkedRows: 1,
      maxError: 0,
    };
    const text = (method: string, more = {}): string =>
      modeText({ ...pageOf({}).payload, method, model: { ...model, ...more } as never });
    expect(text('tree')).toContain('on rows held out it explains 76.7% of the variance');
    expect(text('tree')).not.toContain('fidelity');
    expect(text('mimic')).toContain('another one than the surrogate that was explained');
    expect(text('tree', { mode: 'exact' })).toBe(
      'The model itself runs in this page (1 tree). Checked on 1 row: its predictions differ from ' +
        'Python\u2019s by less than 1e-9.',
    );
  });
});

describe('what is not here', () => {
  it('is named with what to do about it', () => {
    const { page, view } = pageOf({ predicted: [0, 1, 1, 0] });
    const said = lackingOf(page, view);
    expect(said).toHaveLength(3);
    expect(said[0]).toMatch(/^Importances of single rows/);
    expect(said[1]).toContain('true_y=y_test');
    expect(said[2]).toContain('ExplanationDashboard(explanation, model)');
  });

  it('names rows, cells and samples', () => {
    const column = { name: 'a', type: 'number', array: '', absent: 'Masked.' } as const;
    const none = pageOf({ features: { a: [1, 2] }, view: { columns: [column] } });
    expect(lackingOf(none.page, none.view).join(' ')).toContain('datasetX=X_test');
    const bare = pageOf({ features: { a: [1, 2] } }).payload.rows;
    const sample = pageOf({ features: { a: [1, 2] }, payload: { rows: { ...bare, total: 10 } } });
    expect(lackingOf(sample.page, sample.view).join(' ')).toContain('8 of 10 rows');
  });
});

describe('key figures', () => {
  it('stand side by side', () => {
    const { page } = pageOf({
      features: { a: [1, 2, 3, 4] },
      predicted: [0, 1, 1, 1],
      actual: [0, 1, 0, 1],
      probabilities: [
        [0.9, 0.2, 0.4, 0.1],
        [0.1, 0.8, 0.6, 0.9],
      ],
    });
    const found = keyFigures(page, [
      group('All data', everyRow(4), false),
      group('Two', Uint32Array.of(0, 1)),
    ]);
    expect(found.groups).toEqual(['All data', 'Two']);
    expect(Object.fromEntries(found.lines.map((line) => [line.name, line.texts]))).toEqual({
      Rows: ['4', '2 (50%)'],
      'Predicted as yes': ['75%', '50%'],
      'Observed as yes': ['50%', '50%'],
      Accuracy: ['75%', '100%'],
      'ROC AUC': ['1', '1'],
    });
  });

  it('are of all rows explained as well where the page holds a sample', () => {
    const bare = pageOf({ classes: null, predicted: [1, 2, 3, 4] }).payload.rows;
    const overall = { rows: 50, metrics: { mae: 1.5, r2: 0.5 } };
    const { page } = pageOf({
      classes: null,
      predicted: [1, 2, 3, 4],
      actual: [1, 2, 3, 5],
      payload: { overall, rows: { ...bare, actual: 'actual', total: 50 } },
    });
    const found = keyFigures(page, [group('All data', everyRow(4), false)]);
    expect(found.groups).toEqual(['All 50 rows explained', 'All data, in the page']);
    const mae = found.lines.find((line) => line.name === 'Mean absolute error');
    expect(mae?.texts).toEqual(['1.5', '0.25']);
  });
});
