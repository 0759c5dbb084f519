/** What was observed and predicted of some rows, gathered once: what figures are computed of. */

import type { Page } from '../payload/page.ts';

/** Rows with a known outcome, and a known prediction. */
export interface Outcomes {
  /** Class number, or value. */
  readonly actual: Float64Array;
  /** Class number, or value. */
  readonly predicted: Float64Array;
  /** One per class, in the order of the rows; null where there are none. */
  readonly chance: readonly Float64Array[] | null;
  /** Position of each row in the page. */
  readonly rows: Uint32Array;
  /** Rows left out: their outcome or their prediction is not known. */
  readonly unknown: number;
}

/** The threshold at which the model's own predictions stand. */
export const OWN_THRESHOLD = 0.5;

/**
 * Return the class a row is predicted as: the model's own answer, or of two classes the second
 * one from a probability on that is not one half.
 */
export function predictionAt(page: Page, threshold: number): (row: number) => number {
  const { rows, payload } = page;
  const moved = threshold !== OWN_THRESHOLD && payload.classes?.length === 2;
  if (!moved || !rows.hasProbabilities) return rows.predicted;
  return (row) => {
    const chance = rows.probability(1, row);
    return Number.isNaN(chance) ? chance : Number(chance >= threshold);
  };
}

/** Return outcomes of rows of a page; probabilities are left out where they are not asked for. */
export function outcomesOf(
  page: Page,
  rows: Uint32Array,
  threshold = OWN_THRESHOLD,
  chances = true,
): Outcomes {
  const predicted = predictionAt(page, threshold);
  const { actual } = page.rows;
  const known = rows.filter(
    (row) => Number.isFinite(actual(row)) && Number.isFinite(predicted(row)),
  );
  const cells = (of: (row: number) => number): Float64Array => Float64Array.from(known, of);
  const classes = chances && page.rows.hasProbabilities ? (page.payload.classes ?? []) : [];
  return {
    actual: cells(actual),
    predicted: cells(predicted),
    chance:
      classes.length === 0
        ? null
        : classes.map((_, k) => cells((row) => page.rows.probability(k, row))),
    rows: known,
    unknown: rows.length - known.length,
  };
}

/** Return only the rows whose probabilities are all known. */
export function withChance(outcomes: Outcomes): Outcomes {
  const { chance } = outcomes;
  if (chance === null) return outcomes;
  const known: number[] = [];
  for (let i = 0; i < outcomes.actual.length; i++) {
    if (chance.every((column) => Number.isFinite(column[i]))) known.push(i);
  }
  if (known.length === outcomes.actual.length) return outcomes;
  const taken = (cells: Float64Array): Float64Array => Float64Array.from(known, (i) => cells[i]);
  return {
    actual: taken(outcomes.actual),
    predicted: taken(outcomes.predicted),
    chance: chance.map(taken),
    rows: Uint32Array.from(known, (i) => outcomes.rows[i]),
    unknown: outcomes.unknown + outcomes.actual.length - known.length,
  };
}
