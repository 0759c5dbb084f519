/** Tests of what is said of a model that reads nothing. */

import { describe, expect, test } from 'vitest';
import { constantText } from './outcome.ts';

describe('of a model that reads no column, it is said what it always says', () => {
  const both = { count: 2, width: 1, classes: 0, outputs: Float64Array.of(3, 3) };

  test('a value', () => {
    expect(constantText({ ...both, values: both.outputs }, ['y'], 0.5)).toBe(
      'The model reads no column: its prediction is always 3, so there is nothing to ask what-if.',
    );
  });

  test('a class with its probability', () => {
    const probabilities = Float64Array.of(0.25, 0.75, 0.25, 0.75);
    const predictions = { ...both, classes: 2, probabilities, values: Float64Array.of(1, 1) };
    expect(constantText(predictions, ['no', 'yes'], 0.5)).toContain('always yes (75%)');
  });
});
