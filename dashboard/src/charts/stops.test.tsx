/** One stop of the Tab key per chart: marks of a drawing say so in the attribute that SVG knows. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VNode } from 'preact';
import { expect, test } from 'vitest';
import { Mark, type Plot } from './plot.tsx';

const tip = { x: 0, y: 0, text: 'a\nb' };

/** A chart whose mark `at` is the one that Tab enters. */
function plotAt(at: number): Plot {
  const roving = {
    tabIndex: (mark: number): 0 | -1 => (mark === at ? 0 : -1),
    onKeyDown: () => {},
    onFocus: () => {},
  };
  return { ref: { current: null }, width: 100, id: 'p', roving, tip: null, onTip: () => {} };
}

test('of all marks of a chart, one is a stop', () => {
  const plot = plotAt(3);
  const attributes = Array.from({ length: 12 }, (_, mark) => {
    const made = Mark({ plot, mark, tip, children: null }) as VNode<Record<string, unknown>>;
    expect(made.type).toBe('g');
    expect(made.props).not.toHaveProperty('tabIndex');
    return made.props.tabindex;
  });
  expect(attributes.filter((tabindex) => tabindex === 0)).toEqual([0]);
  expect(attributes[3]).toBe(0);
  expect(attributes.filter((tabindex) => tabindex === -1)).toHaveLength(11);
});

test('no element of SVG has the attribute as HTML spells it', () => {
  const folder = import.meta.dirname;
  const files = readdirSync(folder).filter((name) => name.endsWith('.tsx'));
  expect(files.length).toBeGreaterThan(10);
  const wrong = files.flatMap((name) => {
    const source = readFileSync(join(folder, name), 'utf-8');
    const elements = source.matchAll(/<(g|svg|circle|rect|path|text|line)\b[^<]*?\stabIndex=/g);
    return [...elements].map(([text]) => `${name}: ${text}`);
  });
  expect(wrong).toEqual([]);
});
