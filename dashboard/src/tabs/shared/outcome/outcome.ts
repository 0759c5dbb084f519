/** The prediction before and after an edit, as lines to show: pure functions. */

import type { Predictions } from '../../../model/evaluator.ts';
import { number, percent, points, signed } from '../../../text/numbers.ts';
import { strings } from './strings.ts';

/** One class, or the one value. */
export interface Line {
  readonly name: string;
  readonly before: number;
  readonly after: number;
  /** Whether the model says this class: before, after. */
  readonly said: readonly [boolean, boolean];
}

/** What the model says of a row, before and after. */
export interface Outcome {
  readonly lines: readonly Line[];
  /** Unit of the lines. */
  readonly unit: 'probability' | 'margin' | 'value';
  /** Labels of the classes said; null for a value. */
  readonly labels: readonly [string, string] | null;
}

/** The outcome of predictions of two rows: the row, and the edited one. */
export function outcomeOf(
  predictions: Predictions,
  names: readonly string[],
  threshold: number,
): Outcome {
  if (predictions.classes === 0) {
    const lines = valueLines(predictions, names);
    return { lines, unit: 'value', labels: null };
  }
  const said = [classOf(predictions, 0, threshold), classOf(predictions, 1, threshold)] as const;
  const { probabilities, classes, outputs, width } = predictions;
  const at = (row: number, cls: number): number => {
    if (probabilities !== undefined) return probabilities[row * classes + cls];
    if (width > 1) return outputs[row * width + cls];
    return cls === 1 ? outputs[row] : -outputs[row];
  };
  const lines = Array.from({ length: classes }, (_, cls) => ({
    name: names[cls] ?? String(cls),
    before: at(0, cls),
    after: at(1, cls),
    said: [said[0] === cls, said[1] === cls] as const,
  }));
  return {
    lines,
    unit: probabilities === undefined ? 'margin' : 'probability',
    labels: [names[said[0]] ?? String(said[0]), names[said[1]] ?? String(said[1])],
  };
}

function valueLines({ outputs, values, width }: Predictions, names: readonly string[]): Line[] {
  if (width === 1) {
    const name = strings.value;
    return [{ name, before: values[0], after: values[1], said: [false, false] }];
  }
  return Array.from({ length: width }, (_, i) => ({
    name: names[i] ?? String(i),
    before: outputs[i],
    after: outputs[width + i],
    said: [false, false] as const,
  }));
}

/** A number of a line as text. */
export function amount(unit: Outcome['unit'], value: number): string {
  return unit === 'probability' ? percent(value) : number(value);
}

/** A difference of a line as text. */
export function difference(unit: Outcome['unit'], line: Line): string {
  const moved = line.after - line.before;
  return unit === 'probability' ? points(moved) : signed(moved);
}

/** The classes a reader sees: all where they are few, else those that matter most. */
export function shownLines(lines: readonly Line[], most = 6): readonly Line[] {
  if (lines.length <= most) return lines;
  const weight = (line: Line) =>
    Math.max(line.before, line.after) + Math.abs(line.after - line.before) + Number(line.said[1]);
  const order = [...lines].sort((a, b) => weight(b) - weight(a)).slice(0, most);
  return lines.filter((line) => order.includes(line));
}

/** The outcome in a sentence. */
export function sentenceOf(outcome: Outcome, isEdited: boolean): string {
  const { labels, lines, unit } = outcome;
  if (labels === null) {
    const [line] = lines;
    const [from, to] = [amount(unit, line.before), amount(unit, line.after)];
    return isEdited ? strings.valueMoved(from, to, difference(unit, line)) : strings.valueNow(from);
  }
  if (!isEdited) return strings.sameClass(labels[0]);
  if (labels[0] !== labels[1]) return strings.newClass(labels[0], labels[1]);
  const line = lines.find((one) => one.said[1]);
  return line === undefined
    ? strings.sameClass(labels[1])
    : strings.stillClass(labels[1], difference(unit, line));
}

/** Class said of a row: of two classes by the threshold, else the likeliest. */
export function classOf(predictions: Predictions, row: number, threshold: number): number {
  if (predictions.classes === 2 && predictions.probabilities !== undefined) {
    return predictions.probabilities[row * 2 + 1] >= threshold ? 1 : 0;
  }
  return predictions.values[row];
}
