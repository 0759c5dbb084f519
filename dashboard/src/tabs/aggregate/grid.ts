/** Values a feature is swept over: those of what-if, between the ends of nearly all rows. */

import { labelGrid, numberGrid, usualEnds } from '../../model/grids.ts';
import { observedOf } from '../../model/observed.ts';
import { type ColumnData, isLabelled } from '../../payload/columns.ts';

const STEPS = 40;

/** Numbers in order, or codes of labels in the column's order. */
export function gridOf(column: ColumnData, rows: number, steps = STEPS): number[] {
  const observed = observedOf(column, rows);
  if (isLabelled(column)) {
    return labelGrid(column.values, observed).map((label) => column.values.indexOf(label));
  }
  const whole = column.spec.whole === true || column.type === 'time';
  return numberGrid(observed, { ...usualEnds(observed), steps, whole });
}
