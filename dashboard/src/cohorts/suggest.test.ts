/** Tests of the search for cohorts on which a model is worst. */

import { expect, test } from 'vitest';
import { normalQuantile } from '../metrics/normal.ts';
import { randomFrom } from '../metrics/random.ts';
import { described } from '../state/filters.ts';
import { type Sketch, sketched } from '../testing/pages.ts';
import { suggested } from './suggest.ts';

const TOWNS = ['Ulm', 'Bonn', 'Kiel'];

/** A page whose predictions are wrong with a chance that depends on the row. */
function pageOf(
  rows: number,
  seed: number,
  wrong: (age: number, pay: number, town: string) => number,
) {
  const random = randomFrom(seed);
  const age = Array.from({ length: rows }, () => Math.floor(20 + 60 * random()));
  const pay = Array.from({ length: rows }, () => 1000 * random());
  const town = Array.from({ length: rows }, () => TOWNS[Math.floor(3 * random())]);
  const noise = Array.from({ length: rows }, random);
  const actual = Array.from({ length: rows }, () => Number(random() < 0.5));
  const predicted = actual.map((y, i) => (random() < wrong(age[i], pay[i], town[i]) ? 1 - y : y));
  const sketch: Sketch = { features: { age, pay, town, noise }, actual, predicted };
  return sketched(sketch);
}

test('a planted cohort is found, with its error rate', () => {
  const page = pageOf(2000, 1, (_age, _pay, town) => (town === 'Ulm' ? 0.4 : 0.05));
  const found = suggested(page);
  expect(found?.loss).toBe('error rate');
  const [worst] = found?.found ?? [];
  expect(described(page, worst.filter)).toContain('town is Ulm');
  expect(found?.found.some((one) => described(page, one.filter) === 'town is Ulm')).toBe(true);
  expect(worst.loss).toBeGreaterThan(0.3);
  expect(worst.rest).toBeLessThan(0.1);
});

test('a planted pair is found that neither condition tells alone', () => {
  const page = pageOf(4000, 2, (age, pay) => (age < 50 === pay < 500 ? 0.4 : 0.02));
  const texts = suggested(page)?.found.map((one) => described(page, one.filter)) ?? [];
  expect(texts.length).toBeGreaterThan(0);
  expect(texts.some((text) => text.includes('age') && text.includes('pay'))).toBe(true);
});

test('noise is not suggested', () => {
  let pages = 0;
  for (let seed = 10; seed < 30; seed++) {
    const found = suggested(pageOf(600, seed, () => 0.15));
    expect(found?.candidates).toBeGreaterThan(100);
    if ((found?.found.length ?? 0) > 0) pages++;
  }
  expect(pages).toBeLessThanOrEqual(2);
});

test('missing cells are a cohort, and residuals a loss', () => {
  const random = randomFrom(5);
  const age = Array.from({ length: 800 }, () => (random() < 0.15 ? null : 80 * random()));
  const actual = age.map(() => random());
  const predicted = actual.map((y, i) => y + (age[i] === null ? 2 : 0.1) * (random() - 0.5));
  const page = sketched({ features: { age }, classes: null, actual, predicted });
  const found = suggested(page);
  expect(found?.loss).toBe('mean |residual|');
  expect(found?.found.map((one) => described(page, one.filter))).toEqual(['age is missing']);
  expect(found?.found[0].loss).toBeGreaterThan(5 * (found?.found[0].rest ?? 0));
});

test('a group of most rows is not suggested, nor a range of one value as a range', () => {
  const page = pageOf(3000, 4, (age) => (age < 70 ? 0.35 : 0.02));
  const found = suggested(page);
  expect(found?.found.length).toBeGreaterThan(0);
  for (const { rows } of found?.found ?? []) expect(rows).toBeLessThanOrEqual(1500);
  const debts = Array.from({ length: 900 }, (_, i) => i % 4);
  const predicted = debts.map((n, i) => Number(n === 1 && i % 8 === 1));
  const one = sketched({ features: { debts }, actual: debts.map(() => 0), predicted });
  expect(suggested(one)?.found.map(({ filter }) => described(one, filter))).toContain('debts is 1');
});

test('a small bad group that is not clear among so many is told as possible', () => {
  const random = randomFrom(7);
  const rows = 1200;
  const job = Array.from({ length: rows }, (_, i) => (i % 11 === 0 ? 'retired' : TOWNS[i % 3]));
  const ages = Array.from({ length: rows }, () => 60 * random());
  const actual = job.map(() => 0);
  const nth = { retired: 0, other: 0 };
  // 41 % of errors against 29 %, exactly.
  const predicted = job.map((name) => {
    const kind = name === 'retired' ? 'retired' : 'other';
    const [share, n] = [kind === 'retired' ? 0.41 : 0.29, nth[kind]++];
    return Number(Math.floor((n + 1) * share) > Math.floor(n * share));
  });
  const page = sketched({
    features: { job, ages, more: ages.map(() => random()) },
    actual,
    predicted,
  });
  const found = suggested(page);
  const all = [...(found?.found ?? []), ...(found?.possible ?? [])];
  const texts = all.map(({ filter }) => described(page, filter));
  expect(texts).toContain('job is retired');
  expect(all[texts.indexOf('job is retired')].loss).toBeCloseTo(0.41, 2);
});

test('too few rows, or no outcomes, give none', () => {
  expect(suggested(pageOf(40, 1, () => 0.5))?.candidates).toBe(0);
  expect(suggested(sketched({ predicted: [0, 1, 1, 0] }))).toBeNull();
});

test('the same page gives the same answer', () => {
  const make = () => suggested(pageOf(900, 3, (age) => (age > 60 ? 0.5 : 0.1)))?.found;
  expect(make()).toEqual(make());
});

test('normal quantiles', () => {
  expect(normalQuantile(0.975)).toBeCloseTo(1.959963985, 7);
  expect(normalQuantile(0.025)).toBeCloseTo(-1.959963985, 7);
  expect(normalQuantile(1 - 0.05 / 10_000)).toBeCloseTo(4.417173413, 7);
});
