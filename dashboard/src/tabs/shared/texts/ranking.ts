/** Which marks of a text are coloured: pure functions. */

import { type By, type Mark, sentencesOf, strongestOf, withTies } from './logic.ts';

const MOST_MARKED = 500;

export interface Ranking {
  /** Tokens, or sentences. */
  readonly marks: readonly Mark[];
  /** Positions of those that have an importance, the strongest first. */
  readonly strongest: readonly number[];
  readonly largest: number;
  /** Most that a reader can choose: then all are coloured, however many there are. */
  readonly most: number;
}

export function rankingOf(tokens: readonly Mark[], by: By): Ranking {
  const marks = by === 'tokens' ? tokens : sentencesOf(tokens);
  const strongest = strongestOf(marks, marks.length);
  const largest = strongest.length === 0 ? 0 : Math.abs(marks[strongest[0]].value);
  return { marks, strongest, largest, most: Math.min(MOST_MARKED, strongest.length) };
}

/** Positions of the marks that are coloured where so many of the strongest are to be. */
export function colouredOf(
  { marks, strongest, most }: Ranking,
  count: number,
): ReadonlySet<number> {
  return new Set(count >= most ? strongest : withTies(marks, strongest, count));
}
