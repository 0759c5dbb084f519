/** Outputs of a core to what the model predicts. */

import type { Predictions } from './evaluator.ts';
import { logistic } from './probability.ts';
import type { Link } from './types.ts';

export function classifies(link: Link): boolean {
  return link.kind !== 'identity' && link.kind !== 'exp';
}

/** Number of classes; 0 for regression. */
export function classesOf(link: Link, width: number): number {
  if (!classifies(link)) return 0;
  if (link.kind === 'logistic' || link.kind === 'second') return 2;
  return link.kind === 'decision' && width === 1 ? 2 : width;
}

export function predictionsOf(
  link: Link,
  outputs: Float64Array,
  width: number,
  count: number,
): Predictions {
  const classes = classesOf(link, width);
  const made = { count, outputs, width, classes };
  if (classes === 0) {
    const value = link.kind === 'exp' ? Math.exp : (z: number) => z;
    const values = Float64Array.from({ length: count }, (_, row) => value(outputs[row * width]));
    return { ...made, values };
  }
  if (link.kind === 'decision') return { ...made, values: decided(outputs, width, count) };
  const probabilities = new Float64Array(count * classes);
  for (let row = 0; row < count; row++) {
    writeRow(link, outputs, row * width, probabilities, row * classes, classes);
  }
  return { ...made, probabilities, values: largest(probabilities, classes, count) };
}

/** Writes the probabilities of one row. */
function writeRow(
  link: Link,
  outputs: Float64Array,
  at: number,
  probabilities: Float64Array,
  to: number,
  classes: number,
): void {
  if (link.kind === 'logistic' || link.kind === 'second') {
    const z = outputs[at];
    const second = link.kind === 'second' ? z : logistic((link.scale ?? 1) * z);
    probabilities[to] = 1 - second;
    probabilities[to + 1] = second;
    return;
  }
  if (link.kind === 'probabilities') {
    for (let c = 0; c < classes; c++) probabilities[to + c] = outputs[at + c];
    return;
  }
  let most = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < classes; c++) most = Math.max(most, outputs[at + c]);
  let sum = 0;
  for (let c = 0; c < classes; c++) {
    const z = outputs[at + c];
    probabilities[to + c] = link.kind === 'softmax' ? Math.exp(z - most) : logistic(z);
    sum += probabilities[to + c];
  }
  for (let c = 0; c < classes; c++) probabilities[to + c] /= sum;
}

function decided(outputs: Float64Array, width: number, count: number): Float64Array {
  if (width > 1) return largest(outputs, width, count);
  return Float64Array.from(outputs, (z) => (z > 0 ? 1 : 0));
}

/** Position of the largest number of each row; of equal ones the first. */
function largest(numbers: Float64Array, width: number, count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, row) => {
    let best = 0;
    for (let c = 1; c < width; c++) {
      if (numbers[row * width + c] > numbers[row * width + best]) best = c;
    }
    return best;
  });
}
