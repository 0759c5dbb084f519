/** How far a stand-in is from the model, on the rows of the page. */

import type { Store } from '../../state/store.ts';
import { someOf } from '../../stats/summary.ts';
import { listed, number, percent } from '../../text/numbers.ts';
import { strings } from './strings.ts';

/** Rows it is measured on. */
const MOST = 1000;

const known = new WeakMap<Store, number>();

/**
 * Root mean squared difference of the stand-in's predictions to the model's own, on embedded rows:
 * of probabilities, or of values. Where the page does not hold the model's, the largest one that
 * was measured when it was made.
 */
export function typicalError(store: Store): number {
  const found = known.get(store);
  if (found !== undefined) return found;
  const error = measured(store);
  known.set(store, error);
  return error;
}

function measured({ page, evaluator }: Store): number {
  if (evaluator === null || evaluator.model.mode === 'exact') return 0;
  const all = Array.from({ length: page.rows.count }, (_, row) => row);
  const rows = someOf(all, MOST);
  const { probabilities, classes, values } = evaluator.predict(evaluator.cellsOf(rows));
  let sum = 0;
  let count = 0;
  const add = (difference: number) => {
    if (Number.isNaN(difference)) return;
    sum += difference * difference;
    count++;
  };
  rows.forEach((row, i) => {
    if (probabilities === undefined) add(values[i] - page.rows.predicted(row));
    for (let cls = 0; cls < classes && probabilities !== undefined; cls++) {
      add(probabilities[i * classes + cls] - page.rows.probability(cls, row));
    }
  });
  return count === 0 ? evaluator.model.maxError : Math.sqrt(sum / count);
}

/** What a reader has to know of a stand-in. */
export function surrogateText(store: Store): string {
  const { evaluator } = store;
  if (evaluator === null) return '';
  const error = typicalError(store);
  const size = evaluator.classifies ? percent(error) : number(error);
  const figures = Object.entries(evaluator.model.fidelity).flatMap(([name, value]) => {
    const said = strings.figures[name];
    return said === undefined ? [] : [said(value)];
  });
  const said = strings.surrogate(size);
  return figures.length === 0 ? said : `${said} ${strings.fidelity(listed(figures))}`;
}
