/**
 * The smallest change of a single feature that changes what is predicted.
 *
 * Observed values are tried, a few beyond their range too, and the nearest that flips is moved back
 * by bisection to where it just does. Distances are in standard deviations of the feature; another
 * label, or a value where there was none, counts as 1.
 */

import { quantile } from '../stats/summary.ts';
import { type Change, isMissing, type Value, valuesOf, variants } from './cells.ts';
import type { Answers, Cells, Predictions } from './evaluator.ts';
import type { Observed } from './observed.ts';

/** What may be changed. */
export interface Changeable {
  readonly input: number;
  readonly observed: Observed;
  /** Labels of a category or truth value as the model's input takes them; empty for numbers. */
  readonly labels: readonly Value[];
  readonly whole: boolean;
}

export interface Flip extends Change {
  readonly distance: number;
  /** Whether the value is beyond all observed ones. */
  readonly outside: boolean;
}

/** Whether a prediction is on the other side. */
export type Crossed = (predictions: Predictions, row: number) => boolean;

/** Values tried of one feature within what is observed: fewer where there are many features. */
const WITHIN = 96;
const WITHIN_AT_LEAST = 12;
/** Predictions spent on values tried. */
const BUDGET = 6000;
/** Values tried beyond each end. */
const BEYOND = 4;
const BISECTIONS = 14;
/** Rounding may move a value so far, in standard deviations. */
const ROUNDING = 0.01;

/** One flip per feature that has one, the nearest first. */
export async function flipsOf(
  answers: Answers,
  row: Cells,
  features: readonly Changeable[],
  crossed: Crossed,
): Promise<Flip[]> {
  const now = valuesOf(row, 0);
  const share = Math.floor(BUDGET / Math.max(1, features.length));
  const within = Math.max(WITHIN_AT_LEAST, Math.min(WITHIN, share));
  const tried = features.flatMap((feature) => candidates(feature, now[feature.input], within));
  const flips = await test(answers, row, tried, crossed);
  const found = features.flatMap((feature) => {
    const own = tried.flatMap(({ input, value }, i) =>
      input === feature.input ? [{ value, flips: flips[i] }] : [],
    );
    if (feature.labels.length > 0) return label(feature, own);
    return brackets(feature, own, now[feature.input]);
  });
  const exact = await bisected(answers, row, found, crossed);
  const narrowed = await rounded(answers, row, exact, crossed);
  return nearest(narrowed.map((bracket) => flipOf(bracket, now[bracket.feature.input])));
}

/** A value that flips, and the nearest one that does not. */
interface Bracket {
  readonly feature: Changeable;
  readonly flips: Value;
  /** Null where there is nothing between. */
  readonly stays: number | null;
}

interface Tried {
  readonly value: Value;
  readonly flips: boolean;
}

function candidates(
  { input, observed, labels, whole }: Changeable,
  now: Value,
  within: number,
): Change[] {
  if (labels.length > 0) {
    return labels
      .filter((value, i) => value !== now && observed.counts[i] > 0)
      .map((value) => ({ input, value }));
  }
  const { minimum, maximum, sorted } = observed;
  if (!Number.isFinite(minimum)) return [];
  const values = [minimum, maximum];
  for (let i = 1; i < within; i++) values.push(quantile(sorted, i / within));
  const width = maximum - minimum || Math.abs(maximum) || 1;
  for (let i = 1; i <= BEYOND; i++) {
    const away = (width * i) / (2 * BEYOND);
    values.push(minimum - away, maximum + away);
  }
  const round = whole ? Math.round : (value: number) => value;
  return [...new Set(values.map(round))].map((value) => ({ input, value }));
}

/** Whether each change flips. */
async function test(
  answers: Answers,
  row: Cells,
  changes: readonly Change[],
  crossed: Crossed,
): Promise<boolean[]> {
  const flips: boolean[] = [];
  for (let from = 0; from < changes.length; from += answers.most) {
    const part = changes.slice(from, from + answers.most);
    const predictions = await answers.predict(variants(row, part));
    part.forEach((_, i) => {
      flips.push(crossed(predictions, i));
    });
  }
  return flips;
}

/** The most frequent label that flips. */
function label(feature: Changeable, tried: readonly Tried[]): Bracket[] {
  const often = (value: Value) => feature.observed.counts[feature.labels.indexOf(value)];
  const values = tried.filter((one) => one.flips).map((one) => one.value);
  if (values.length === 0) return [];
  const best = values.reduce((a, b) => (often(b) > often(a) ? b : a));
  return [{ feature, flips: best, stays: null }];
}

/** The nearest numbers that flip, above and below. */
function brackets(feature: Changeable, tried: readonly Tried[], now: Value): Bracket[] {
  const known = isMissing(now) ? null : Number(now);
  // From nothing, the most usual value is the nearest.
  const from = known ?? quantile(feature.observed.sorted, 0.5);
  const sides = [1, -1].map((sign) => {
    const side = tried
      .map((one) => ({ at: Number(one.value), flips: one.flips }))
      .filter(({ at }) => sign * (at - from) > 0 || (at === from && known === null))
      .sort((a, b) => sign * (a.at - b.at));
    const first = side.findIndex((one) => one.flips);
    if (first < 0) return [];
    const before = first > 0 ? side[first - 1].at : known;
    return [{ feature, flips: side[first].at, stays: before }];
  });
  return sides.flat();
}

/** Moves the ends of all brackets towards each other, all at once. */
async function bisected(
  answers: Answers,
  row: Cells,
  all: readonly Bracket[],
  crossed: Crossed,
): Promise<Bracket[]> {
  let now = [...all];
  for (let step = 0; step < BISECTIONS; step++) {
    const open = now.flatMap((bracket, i) => {
      const middle = middleOf(bracket);
      return middle === null ? [] : [{ i, middle }];
    });
    if (open.length === 0) break;
    const changes = open.map(({ i, middle }) => ({ input: now[i].feature.input, value: middle }));
    const flips = await test(answers, row, changes, crossed);
    const next = [...now];
    open.forEach(({ i, middle }, k) => {
      next[i] = flips[k] ? { ...now[i], flips: middle } : { ...now[i], stays: middle };
    });
    now = next;
  }
  return now;
}

function middleOf({ feature, flips, stays }: Bracket): number | null {
  if (stays === null || typeof flips !== 'number') return null;
  const middle = (flips + stays) / 2;
  if (!feature.whole) return middle;
  // Of whole numbers the one nearer to the value that stays, if there is one between.
  const whole = flips > stays ? Math.floor(middle) : Math.ceil(middle);
  return whole === stays || whole === flips ? null : whole;
}

/** Values with few digits, a little farther on, where they flip as well. */
async function rounded(
  answers: Answers,
  row: Cells,
  all: readonly Bracket[],
  crossed: Crossed,
): Promise<Bracket[]> {
  const short = all.map((bracket) => rounder(bracket));
  const changes = all.map((bracket, i) => ({ input: bracket.feature.input, value: short[i] }));
  const flips = await test(answers, row, changes, crossed);
  return all.map((bracket, i) => (flips[i] ? { ...bracket, flips: short[i] } : bracket));
}

function rounder({ feature, flips, stays }: Bracket): Value {
  const { deviation, minimum, maximum } = feature.observed;
  if (typeof flips !== 'number' || stays === null || feature.whole || deviation === 0) return flips;
  const digit = 10 ** Math.floor(Math.log10(deviation * ROUNDING));
  const steps = flips / digit;
  // Dividing by a whole number keeps 0.3 from becoming 0.30000000000000004.
  const whole = flips > stays ? Math.ceil(steps) : Math.floor(steps);
  const value = digit < 1 ? whole / Math.round(1 / digit) : whole * digit;
  const inside = flips >= minimum && flips <= maximum;
  return inside && (value < minimum || value > maximum) ? flips : value;
}

function flipOf({ feature, flips }: Bracket, now: Value): Flip {
  const { minimum, maximum, deviation } = feature.observed;
  const made = { input: feature.input, value: flips };
  if (feature.labels.length > 0 || typeof flips !== 'number' || isMissing(now)) {
    return { ...made, distance: 1, outside: false };
  }
  const away = Math.abs(flips - Number(now));
  const unit = deviation > 0 ? deviation : Math.abs(maximum) || 1;
  return { ...made, distance: away / unit, outside: flips < minimum || flips > maximum };
}

/** The best flip per input, within the observed range where there is one; the nearest first. */
function nearest(flips: readonly Flip[]): Flip[] {
  const order = (a: Flip, b: Flip) =>
    Number(a.outside) - Number(b.outside) || a.distance - b.distance;
  const best = new Map<number, Flip>();
  for (const flip of [...flips].sort(order)) {
    if (!best.has(flip.input)) best.set(flip.input, flip);
  }
  return [...best.values()].sort(order);
}
