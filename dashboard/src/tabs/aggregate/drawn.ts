/** What is drawn: handed from the tab to its charts, sentences and tables. */

import type { CohortRows } from '../../state/cohorts.ts';
import type { Asked, Group, PerRow, Rest } from './logic.ts';
import type { Kind } from './state.ts';

export interface Drawn {
  readonly asked: Asked;
  readonly values: PerRow | null;
  readonly groups: readonly Group[];
  readonly compared: readonly CohortRows[];
  /** Features, in order. */
  readonly shown: readonly number[];
  readonly rest: Rest | null;
  readonly kind: Kind;
}

/** Most rows per group in a box, violin or mean line... */
export const MOST_SPREAD = 20_000;
/** ...and as dots of one feature. */
export const MOST_DOTS = 2000;

/** Whether a feature is a word of texts: it stands in for no column, and has no values. */
export function isWord({ asked }: Pick<Drawn, 'asked'>, feature: number): boolean {
  return asked.view.columns[feature]?.spec.word === true;
}

/** Whether any of the features shown is a column, which has values. */
export function hasColumns(drawn: Pick<Drawn, 'asked' | 'shown'>): boolean {
  return drawn.shown.some((feature) => !isWord(drawn, feature));
}
