/** Units of attributions, as a reader calls them. */

import type { View } from '../payload/types.ts';

const UNITS: Readonly<Record<NonNullable<View['space']>, string>> = {
  'log-odds': 'log-odds',
  probability: 'probability',
  margin: 'unit of the model’s score',
  raw: 'unit of the prediction',
};

/** Return the unit of attributions. */
export function unitOf(space: View['space']): string {
  return space === null ? 'unit of the output' : UNITS[space];
}

/** Return what global importance measures, with its unit in a reader's words. */
export function measureOf(view: View): string {
  const { measure } = view.globals;
  return view.space === null
    ? measure
    : measure.replace(`(${view.space})`, `(${unitOf(view.space)})`);
}
