/** The dot on a curve that edits the value it stands at. */

import type { Handle, LineSeries } from '../../charts/types.ts';
import { type Editable, stepOf, textOf, valueAt } from './logic.ts';
import type { Bench } from './state.ts';
import { strings } from './strings.ts';
import { type Grid, placeOf } from './sweep.ts';

/** The handle of the row's value; null where it has none on the axis. */
export function handleOf(
  bench: Bench,
  editable: Editable,
  grid: Grid,
  line: LineSeries | undefined,
): Handle | null {
  const now = bench.edited.value.after.inputs[editable.input][0];
  const x = placeOf(editable, grid, now);
  const known = grid.xs.filter((place) => !Number.isNaN(place));
  if (Number.isNaN(x) || known.length < 2) return null;
  const [min, max] = [known[0], known[known.length - 1]];
  if (x < min || x > max) return null;
  const y = line === undefined ? undefined : heightAt(line, x);
  const valueOfPlace = (place: number) =>
    editable.kind === 'labels'
      ? editable.labels[editable.column.values.indexOf(grid.names[Math.round(place)])]
      : valueAt(editable, place);
  return {
    label: strings.handle(editable.name),
    x,
    min,
    max,
    step: stepOf(editable),
    ...(y === undefined || Number.isNaN(y) ? {} : { y }),
    text: (place) => textOf(editable, valueOfPlace(place) ?? null),
    onMove: (place) => {
      // Without the digits that adding up steps leaves behind.
      const value = valueOfPlace(Number(place.toPrecision(12)));
      if (value !== undefined) bench.edit(editable.input, value);
    },
  };
}

/** Height of a line at an x, between its points. */
export function heightAt({ xs, ys }: LineSeries, x: number): number {
  for (let i = 0; i < xs.length; i++) {
    if (xs[i] === x) return ys[i];
    if (i > 0 && xs[i - 1] < x && x < xs[i]) {
      return ys[i - 1] + ((ys[i] - ys[i - 1]) * (x - xs[i - 1])) / (xs[i] - xs[i - 1]);
    }
  }
  return Number.NaN;
}
