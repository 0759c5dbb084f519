/** What counts as a flip: another class, or the other side of a value. Pure functions. */

import { type Reader, readerOf } from '../../model/curves.ts';
import type { Predictions } from '../../model/evaluator.ts';
import type { Crossed } from '../../model/flips.ts';
import { classOf } from '../shared/outcome/outcome.ts';

/** What is asked. */
export interface Crossing {
  readonly classifies: boolean;
  /** Of two classes. */
  readonly threshold: number;
  /** Value to cross, of an output. */
  readonly target: number;
  readonly output: number;
  /** What a stand-in is off by: it has to go past by more, else your model may not follow; 0: none. */
  readonly least: number;
}

/** Whether a value lies above the one to cross. */
export function isAbove(asked: Crossing, now: Predictions): boolean {
  return readOf(asked)(now, 0) > asked.target;
}

/** What counts as a flip of a prediction. */
export function crossedOf(asked: Crossing, now: Predictions): Crossed {
  const { classifies, threshold, target, least } = asked;
  if (!classifies) {
    const read = readOf(asked);
    const above = isAbove(asked, now);
    return (predictions, row) => {
      const past = read(predictions, row) - target;
      return past > 0 !== above && (least === 0 || Math.abs(past) > least);
    };
  }
  const cls = classOf(now, 0, threshold);
  return (predictions, row) => {
    const then = classOf(predictions, row, threshold);
    return then !== cls && lead(predictions, row, cls, then, threshold) >= least;
  };
}

function readOf({ classifies, output }: Crossing): Reader {
  return readerOf(classifies, output);
}

/** How far a prediction is past what parts two classes, as a probability; where none is known, far. */
function lead(
  { probabilities, classes }: Predictions,
  row: number,
  from: number,
  to: number,
  threshold: number,
): number {
  if (probabilities === undefined) return Number.POSITIVE_INFINITY;
  if (classes === 2) return Math.abs(probabilities[row * 2 + 1] - threshold);
  // Half of the difference, as with two classes, whose difference moves twice.
  return (probabilities[row * classes + to] - probabilities[row * classes + from]) / 2;
}
