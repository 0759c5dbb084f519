/** One sentence per chart and group: what is seen. */

import { boxOf } from '../../charts/boxes.ts';
import { spearman } from '../../stats/ranks.ts';
import { boxesOf, cellsOf, countsOf, taken } from './figures.ts';
import type { ChartKind } from './kinds.ts';
import type { Reading } from './readings.ts';
import type { Slots } from './slots.ts';
import { summaries } from './strings.ts';

/** What a chart shows of a group. */
export interface Shown {
  readonly kind: ChartKind;
  readonly x: Reading;
  readonly y: Reading | null;
  /** Slots of x, and of y where it has some. */
  readonly across: Slots | null;
  readonly up: Slots | null;
}

const TOPS = 3;

/** Return what a chart shows of some rows. */
export function sentenceOf(shown: Shown, rows: Uint32Array): string {
  if (rows.length === 0) return summaries.none;
  const { kind, x, y, across, up } = shown;
  if (y === null)
    return across !== null && kind === 'bars' ? shares(across, rows) : spread(x, rows);
  if (kind === 'boxes') {
    if (across !== null) return medians(x, across, y, rows);
    return up === null ? summaries.none : medians(y, up, x, rows);
  }
  if (across !== null && up !== null && (across.edges ?? up.edges) === undefined) {
    return densest(x, y, across, up, rows);
  }
  return association(x, y, rows);
}

function association(x: Reading, y: Reading, rows: Uint32Array): string {
  if (x.kind === 'label' || y.kind === 'label') return byLabel(x, y, rows);
  const found = spearman(taken(x.cells, rows), taken(y.cells, rows));
  return summaries.association(x.name, y.name, found, rows.length - found.pairs);
}

/** Points over labels: how many there are. */
function byLabel(x: Reading, y: Reading, rows: Uint32Array): string {
  const magnitude = x.kind === 'label' ? y : x;
  return spread(magnitude, rows);
}

function spread(x: Reading, rows: Uint32Array): string {
  const cells = taken(x.cells, rows);
  const box = boxOf(cells);
  const lacking = cells.reduce((n, cell) => n + Number(Number.isNaN(cell)), 0);
  if (box === null) return `${summaries.none}${summaries.missing(lacking)}`;
  const finite = cells.filter(Number.isFinite);
  const low = finite.reduce((a, b) => Math.min(a, b));
  const high = finite.reduce((a, b) => Math.max(a, b));
  const [q1, median, q3] = [box.q1, box.median, box.q3].map(x.show);
  const text = summaries.spread(box.count, x.show(low), q1, median, q3, x.show(high));
  return text + summaries.missing(lacking);
}

function shares(slots: Slots, rows: Uint32Array): string {
  const counts = countsOf(slots, rows);
  const order = Array.from(counts.keys()).filter((slot) => counts[slot] > 0);
  order.sort((a, b) => counts[b] - counts[a]);
  const tops = order
    .slice(0, TOPS)
    .map((slot) => ({ name: slots.names[slot], share: counts[slot] / rows.length }));
  return summaries.frequent(rows.length, tops, order.length);
}

function medians(by: Reading, slots: Slots, of: Reading, rows: Uint32Array): string {
  const boxes = boxesOf(slots, of.cells, rows);
  const order = Array.from(boxes.keys()).filter((slot) => boxes[slot] !== null);
  const median = (slot: number): number => boxes[slot]?.median ?? Number.NaN;
  order.sort((a, b) => median(b) - median(a));
  const high = order[0];
  const low = order.at(-1);
  if (high === undefined || low === undefined) return summaries.none;
  return summaries.medians(
    summaries.at(by.name, slots.names[high]),
    of.show(median(high)),
    summaries.at(by.name, slots.names[low]),
    of.show(median(low)),
    order.length,
  );
}

function densest(x: Reading, y: Reading, across: Slots, up: Slots, rows: Uint32Array): string {
  const { counts } = cellsOf(across, up, rows, null);
  let best: readonly [number, number] = [0, 0];
  for (const [i, line] of counts.entries()) {
    for (const [j, n] of line.entries()) if (n > counts[best[0]][best[1]]) best = [i, j];
  }
  const [i, j] = best;
  return summaries.densest(
    summaries.at(x.name, across.names[j]),
    summaries.at(y.name, up.names[i]),
    counts[i][j],
    rows.length,
  );
}
