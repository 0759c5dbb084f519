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
