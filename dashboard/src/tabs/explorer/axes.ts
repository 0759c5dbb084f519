/** Axes and colours of points. */

import { CLASSES } from '../../charts/index.ts';
import type { AxisSpec, PointColours } from '../../charts/types.ts';
import { extentOf } from '../../stats/summary.ts';
import { short } from '../../text/numbers.ts';
import { scaleEnds } from '../shared/columns.ts';
import { taken } from './figures.ts';
import type { Reading } from './readings.ts';
import { byValue, distinctOf, isDiscrete, type Slots } from './slots.ts';

/** Return the axis of a quantity; labels stand in slots. */
export function axisOf(reading: Reading, slots: Slots | null): AxisSpec {
  const missing = reading.cells.some(Number.isNaN);
  const common = { title: reading.name, missing };
  if (slots !== null) {
    const names = slots.missing < 0 ? slots.names : slots.names.slice(0, slots.missing);
    return { ...common, kind: 'category', names, jitter: true };
  }
  const few = distinctOf(reading.cells) !== null;
  const domain = extentOf(reading.cells);
  if (reading.kind === 'time') return { ...common, kind: 'time', domain };
  return { ...common, kind: 'number', domain, jitter: few };
}

/** Return places of rows on an axis. */
export function placesOf(reading: Reading, slots: Slots | null, rows: Uint32Array): Float64Array {
  if (slots === null) return taken(reading.cells, rows);
  return Float64Array.from(rows, (row) =>
    slots.of[row] === slots.missing ? Number.NaN : slots.of[row],
  );
}

/** Return the colours of points. */
export function coloursOf(colour: Reading, rows: Uint32Array): PointColours {
  const title = colour.name;
  if (
    isDiscrete(colour) &&
    (colour.kind === 'label' || (distinctOf(colour.cells)?.length ?? 9) <= 2)
  ) {
    const slots = byValue(colour, CLASSES);
    const names = slots.missing < 0 ? slots.names : slots.names.slice(0, slots.missing);
    return { kind: 'category', title, names, values: placesOf(colour, slots, rows) };
  }
  const domain = scaleEnds(colour.cells);
  const format = colour.kind === 'time' ? colour.show : short;
  return { kind: 'value', title, values: taken(colour.cells, rows), domain, format };
}
