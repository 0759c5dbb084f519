/** What curves are of, in words, and how their numbers read. */

import type { AxisSpec } from '../../charts/types.ts';
import { number, percent } from '../../text/numbers.ts';
import type { Bench } from './state.ts';
import { strings } from './strings.ts';

/** Whether outputs are probabilities: a page without any holds a model that says only classes. */
function hasProbabilities(bench: Bench): boolean {
  const { evaluator, page } = bench.store;
  if (bench.answers === evaluator && evaluator !== null) {
    return evaluator.classifies && evaluator.model.link.kind !== 'decision';
  }
  return bench.answers.classifies && page.rows.hasProbabilities;
}

/** "probability of yes", "prediction" */
export function outputText(bench: Bench): string {
  const name = bench.names[bench.output.value] ?? '';
  if (!bench.answers.classifies) {
    return bench.names.length > 1 ? strings.outputOf(name, strings.prediction) : strings.prediction;
  }
  const unit = hasProbabilities(bench) ? strings.probability : strings.margin;
  return strings.outputOf(name, unit);
}

/** The axis of predictions: probabilities never leave 0 to 1. */
export function outputAxis(bench: Bench, [low, high]: readonly [number, number]): AxisSpec {
  const axis = { title: outputText(bench), format: showOutput(bench) };
  if (!hasProbabilities(bench)) return { ...axis, domain: [low, high] };
  const tenth = (value: number, round: (x: number) => number) => round(value * 10) / 10;
  const domain = [tenth(low, Math.floor), Math.min(1, tenth(high, Math.ceil))] as const;
  return { ...axis, domain, exact: true };
}

/** How numbers of curves read. */
export function showOutput(bench: Bench): (value: number) => string {
  return hasProbabilities(bench) ? percent : number;
}
