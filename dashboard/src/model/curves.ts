/** How predictions move as features do: ICE, PDP, and PDP of two features. */

import { repeated, swept, taken, type Value } from './cells.ts';
import type { Answers, Cells, Predictions } from './evaluator.ts';

/** Reads one number of a row's prediction. */
export type Reader = (predictions: Predictions, row: number) => number;

/**
 * What curves show of a class (or of a value): its probability, the model's margin where it has no
 * probabilities, the value of a regression.
 */
export function readerOf(classifies: boolean, output: number): Reader {
  if (!classifies)
    return (p, row) => (p.width > 1 ? p.outputs[row * p.width + output] : p.values[row]);
  return (p, row) => {
    if (p.probabilities !== undefined) return p.probabilities[row * p.classes + output];
    if (p.width > 1) return p.outputs[row * p.width + output];
    return output === 1 ? p.outputs[row] : -p.outputs[row];
  };
}

/** Values of one input to go through. */
export interface Sweep {
  readonly input: number;
  readonly grid: readonly Value[];
}

/** One curve per row, (rows, grid). */
export function ice(
  answers: Answers,
  cells: Cells,
  { input, grid }: Sweep,
  read: Reader,
): Promise<Float64Array> {
  return inChunks(answers, cells, grid.length, read, (part) =>
    swept(repeated(part, grid.length), input, grid),
  );
}

/** Predictions over pairs of values, averaged over rows: (first grid, second grid). */
export async function pairs(
  answers: Answers,
  cells: Cells,
  first: Sweep,
  second: Sweep,
  read: Reader,
): Promise<Float64Array> {
  const both = first.grid.flatMap((value) => second.grid.map(() => value));
  const curves = await inChunks(answers, cells, both.length, read, (part) =>
    swept(swept(repeated(part, both.length), first.input, both), second.input, second.grid),
  );
  return meanCurve(curves, both.length);
}

/** Mean of curves, (grid,): the PDP of the rows. */
export function meanCurve(curves: Float64Array, width: number): Float64Array {
  const mean = new Float64Array(width);
  for (let i = 0; i < curves.length; i++) mean[i % width] += curves[i];
  const rows = curves.length / Math.max(1, width);
  return mean.map((sum) => sum / rows);
}

/** Readings of some rows at a time, `times` numbers a row, one after the other. */
async function inChunks(
  answers: Answers,
  cells: Cells,
  times: number,
  read: Reader,
  spread: (part: Cells) => Cells,
): Promise<Float64Array> {
  const all = new Float64Array(cells.count * times);
  const step = Math.max(1, Math.floor(answers.most / Math.max(1, times)));
  for (let from = 0; from < cells.count; from += step) {
    const size = Math.min(step, cells.count - from);
    const rows = Array.from({ length: size }, (_, i) => from + i);
    const predictions = await answers.predict(spread(taken(cells, rows)));
    for (let i = 0; i < size * times; i++) all[from * times + i] = read(predictions, i);
  }
  return all;
}
