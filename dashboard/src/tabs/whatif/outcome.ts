/** What an edit moves, and what a model says that reads nothing: pure functions. */

import type { Predictions } from '../../model/evaluator.ts';
import { listed, number } from '../../text/numbers.ts';
import { amount, outcomeOf } from '../shared/outcome/outcome.ts';
import { strings } from './strings.ts';

/** What a model says that reads no column. */
export function constantText(
  predictions: Predictions,
  names: readonly string[],
  threshold: number,
): string {
  const { labels, lines, unit } = outcomeOf(predictions, names, threshold);
  if (labels === null) {
    const each = lines.map((line) =>
      lines.length > 1
        ? strings.ownClass(line.name, amount(unit, line.before))
        : number(line.before),
    );
    return strings.constant(listed(each));
  }
  const own = lines.find((line) => line.said[0]);
  const isShare = own !== undefined && unit === 'probability';
  return strings.constant(
    isShare ? strings.ownClass(labels[0], amount(unit, own.before)) : labels[0],
  );
}

/** A row of the attribution bars. */
export interface Contribution {
  readonly feature: number;
  readonly before: number;
  readonly after: number;
}

/** Contributions sorted by what the edit moves, then by size; the last one is the rest. */
export function contributionsOf(
  before: Float64Array,
  after: Float64Array,
  most: number,
): { readonly shown: Contribution[]; readonly rest: Contribution | null; readonly left: number } {
  const all = Array.from(before, (value, feature) => ({
    feature,
    before: value,
    after: after[feature],
  }));
  // What rounding moves is not what the edit moves.
  const scale = Math.max(...all.map((one) => Math.abs(one.before)), 1e-12);
  const moved = (one: Contribution) => {
    const by = Math.abs(one.after - one.before);
    return by < 1e-9 * scale ? 0 : by;
  };
  all.sort((a, b) => moved(b) - moved(a) || Math.abs(b.after) - Math.abs(a.after));
  const shown = all.slice(0, most);
  const left = all.slice(most);
  if (left.length === 0) return { shown, rest: null, left: 0 };
  const sum = (of: 'before' | 'after') => left.reduce((total, one) => total + one[of], 0);
  const rest = { feature: -1, before: sum('before'), after: sum('after') };
  return { shown, rest, left: left.length };
}
