/** Tests that the tokens are readable: contrasts of WCAG 2.2, in light and dark. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const css = readFileSync(join(import.meta.dirname, 'tokens.css'), 'utf-8');

const root = css.slice(css.indexOf('{', css.indexOf(':root {')), css.indexOf('\n}'));

/** Tokens of the light theme (0) or the dark one (1): of pairs the first or the second colour. */
function themeOf(which: 0 | 1): Map<string, string> {
  const found = root.matchAll(/--([\w-]+):\s*([^;]+);/g);
  const pick = (value: string) =>
    /^light-dark\(([^,]+), (.+)\)$/.exec(value)?.[which + 1] ?? value.replace(/\s+/g, ' ');
  return new Map([...found].map(([, name, value]) => [name, pick(value)]));
}

const light = themeOf(0);
const dark = themeOf(1);
const themes = [
  ['light', light],
  ['dark', dark],
] as const;

function luminance(hex: string): number {
  const full = hex.length === 4 ? hex.replace(/[0-9a-f]/gi, '$&$&') : hex;
  const [r, g, b] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(full.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(theme: ReadonlyMap<string, string>, a: string, b: string): number {
  const [x, y] = [a, b].map((name) => luminance(theme.get(name) ?? ''));
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

test('every colour is told for both themes', () => {
  const colours = [...light].filter(([, value]) => /^(#|rgb)/.test(value)).map(([name]) => name);
  expect(colours.length).toBe(41);
  for (const name of colours) expect(dark.get(name), name).not.toBe(light.get(name));
});

test.each(themes)('texts are readable: %s', (_, theme) => {
  for (const ground of ['page', 'surface', 'sunken', 'accent-soft']) {
    for (const text of ['ink', 'ink-2', 'ink-3', 'accent']) {
      expect(contrast(theme, text, ground), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    }
  }
  for (const [text, ground] of [
    ['accent-ink', 'accent'],
    ['good', 'good-soft'],
    ['warning', 'warning-soft'],
    ['warning', 'surface'],
    ['bad', 'surface'],
    ['ink', 'warning-soft'],
    ['ink', 'heat-0'],
    ['ink', 'heat-1'],
    ['ink', 'heat-positive'],
    ['ink', 'heat-negative'],
  ]) {
    expect(contrast(theme, text, ground), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
  }
});

test.each(themes)('marks and borders of controls stand out: %s', (_, theme) => {
  const numbered = (name: string, count: number) =>
    Array.from({ length: count }, (_unused, i) => `${name}-${i}`);
  const marks = [
    'line-strong',
    'focus',
    'positive',
    'negative',
    'missing',
    ...numbered('cohort', 3),
    ...numbered('sequence', 5),
    ...numbered('class', 8),
  ];
  for (const mark of marks) {
    expect(contrast(theme, mark, 'surface'), mark).toBeGreaterThanOrEqual(3);
  }
});

test.each(themes)('the scale of values grows lighter all the way: %s', (_, theme) => {
  const steps = Array.from({ length: 5 }, (_unused, i) =>
    luminance(theme.get(`sequence-${i}`) ?? ''),
  );
  expect([...steps].sort((a, b) => a - b)).toEqual(steps);
});
