/** Tests of numbers in fields: nothing of them is lost. */

import { expect, test } from 'vitest';
import { brief, precise } from './numbers.ts';

test('whole numbers keep all their digits', () => {
  for (const value of [0, -7, 1732226844, 4111111111111111, 2 ** 53 - 1]) {
    expect([Number(brief(value)), Number(precise(value))]).toEqual([value, value]);
  }
  expect(brief(1732226844)).toBe('1732226844');
});

test('small magnitudes have an exponent, so that a narrow field shows them', () => {
  expect(brief(3.6306023e-8)).toBe('3.631e-8');
  expect(brief(-0.0000123)).toBe('-1.23e-5');
  expect(brief(0.00012)).toBe('0.00012');
  expect(Number(precise(3.6306023e-8))).toBe(3.6306023e-8);
});

test('fractions are short in fields, and whole beside them', () => {
  expect(brief(0.123456789)).toBe('0.123457');
  expect(precise(0.123456789)).toBe('0.123456789');
  expect(precise(0.1 + 0.2)).toBe('0.3');
  expect(brief(12345678.125)).toBe('12345678.125');
  expect([brief(Number.NaN), precise(Number.POSITIVE_INFINITY)]).toEqual(['', '']);
});
