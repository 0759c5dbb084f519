/** From what a reader chose to charts: which kind, which groups, which parts in each. */

import type { Look as Colour } from '../../charts/types.ts';
import type { CohortRows } from '../../state/cohorts.ts';
import { MOST_PARTS, slotsFor } from './figures.ts';
import { type ChartKind, kindsOf } from './kinds.ts';
import type { Reading } from './readings.ts';
import type { Shown } from './sentences.ts';
import { byValue, isDiscrete } from './slots.ts';
import { strings } from './strings.ts';

/** Rows drawn in one look. */
export interface Part {
  readonly name: string;
  /** Of the colour, where that makes the parts. */
  readonly value?: string;
  readonly colour: Colour;
  readonly rows: Uint32Array;
  readonly group: CohortRows;
}

/** One chart. */
export interface Panel {
  readonly key: string;
  readonly title: string;
  readonly parts: readonly Part[];
}

/** All charts of a choice. */
export interface Plan extends Shown {
  readonly kinds: readonly ChartKind[];
  readonly colour: Reading | null;
  /** Whether the colour is drawn. */
  readonly coloured: boolean;
  readonly panels: readonly Panel[];
}

/** What a reader chose. */
export interface Choices {
  readonly x: Reading;
  readonly y: Reading | null;
  readonly colour: Reading | null;
  readonly kind: ChartKind | 'auto';
  readonly groups: readonly CohortRows[];
}

/** Return the charts of a choice. */
export function planOf({ x, y, colour, kind, groups }: Choices): Plan {
  const most = Math.max(...groups.map((group) => group.rows.length));
  const kinds = kindsOf(x, y, most, colour !== null);
  const used = kinds.find((one) => one === kind) ?? kinds[0];
  const canSplit = used !== 'points' && used !== 'bins' && colour !== null && isDiscrete(colour);
  const colours = canSplit ? byValue(colour, MOST_PARTS + 1) : null;
  const splits = colours !== null && colours.names.length <= MOST_PARTS;
  const places = placesOf(used, x, y);
  // Boxes of x stand beside the labels of y where only y has some.
  const [by, of] = places.up !== null && places.across === null && y !== null ? [y, x] : [x, y];
  const title = strings.title(used, by.name, of?.name ?? null);
  const titled = (group: CohortRows): string =>
    groups.length > 1 ? strings.inGroup(title, group.name) : title;
  const shown = { kind: used, x, y, ...places };
  const panel = (group: CohortRows, parts: readonly Part[]): Panel => ({
    key: `${group.colour}`,
    title: titled(group),
    parts,
  });
  const whole = (group: CohortRows): Part => ({ ...group, group });
  let panels: readonly Panel[];
  if (used === 'points' || used === 'bins') {
    panels = groups.map((group) => panel(group, [whole(group)]));
  } else if (splits && colour !== null) {
    panels = groups.map((group) =>
      panel(
        group,
        colours.names.map((name, slot) => ({
          name: strings.partName(colour.name, name),
          value: name,
          colour: slot as Colour,
          rows: group.rows.filter((row) => colours.of[row] === slot),
          group,
        })),
      ),
    );
  } else {
    panels = [{ key: 'all', title, parts: groups.map(whole) }];
  }
  return { ...shown, kinds, colour, coloured: drawsColour(used, colour, splits), panels };
}

function drawsColour(kind: ChartKind, colour: Reading | null, splits: boolean): boolean {
  if (colour === null) return false;
  return kind === 'points' || splits || (kind === 'bins' && averaged(colour) !== null);
}

/** A quantity of which a mean says something. */
export interface Averaged {
  readonly name: string;
  readonly cells: Float64Array;
  readonly show: (value: number) => string;
  readonly isShare: boolean;
}

/** Return a quantity whose mean can colour a cell: a number, or the share of the second of two. */
export function averaged(colour: Reading): Averaged | null {
  const { labels, cells, show, name } = colour;
  if (colour.kind === 'number') return { name, cells, show, isShare: false };
  if (labels.length !== 2) return null;
  return { name: `${name}: ${labels[1]}`, cells, show, isShare: true };
}

function placesOf(kind: ChartKind, x: Reading, y: Reading | null): Pick<Shown, 'across' | 'up'> {
  switch (kind) {
    case 'bars':
    case 'histogram':
      return { across: slotsFor[kind](x), up: null };
    case 'points':
      return { across: slotsFor.points(x), up: y === null ? null : slotsFor.points(y) };
    case 'bins':
      return { across: slotsFor.bins(x), up: y === null ? null : slotsFor.bins(y) };
    case 'boxes':
      // The one with labels stands beside the boxes, whichever axis it was chosen for.
      return y !== null && isDiscrete(y) && !isDiscrete(x)
        ? { across: null, up: slotsFor.boxes(y) }
        : { across: slotsFor.boxes(x), up: null };
  }
}
