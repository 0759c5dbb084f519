/** The charts of the data explorer: points, cells, and bars, histograms or boxes by part. */

import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { ChartFrame, Legend, Points } from '../../charts/index.ts';
import type { Box, PointColours } from '../../charts/types.ts';
import { useStore } from '../../state/store.ts';
import { strings as shared } from '../shared/strings.ts';
import { axisOf, coloursOf, placesOf } from './axes.ts';
import { MOST_DRAWN, thinned } from './figures.ts';
import type { Pick } from './picking.ts';
import { ofBox, tightBox } from './picking.ts';
import type { Panel, Plan } from './plan.ts';
import type { Reading } from './readings.ts';
import { sentenceOf } from './sentences.ts';
import { strings } from './strings.ts';
import { rowsTable } from './tables.ts';

export interface PanelProps {
  readonly plan: Plan;
  readonly panel: Panel;
  readonly onPick: (pick: Pick) => void;
}

/** Return what a reader is told of points. */
function describer(plan: Plan, rows: Uint32Array, id: (row: number) => string) {
  const readings = [plan.x, plan.y, plan.colour].filter((one): one is Reading => one !== null);
  const distinct = readings.filter((one, i) => readings.findIndex((r) => r.key === one.key) === i);
  return (point: number): string => {
    const row = rows[point];
    const lines = distinct.map((one) => `${one.name}: ${one.show(one.cells[row])}`);
    return [strings.rowOf(id(row)), ...lines].join('\n');
  };
}

export function PointsPanel({ plan, panel, onPick }: PanelProps): JSX.Element | null {
  const store = useStore();
  const { page } = store;
  const { x, y, across, up, colour } = plan;
  const [part] = panel.parts;
  const rows = useMemo(() => thinned(part.rows), [part.rows]);
  const summary = useMemo(() => sentenceOf(plan, part.rows), [plan, part.rows]);
  const drawn = useMemo(
    () =>
      y === null
        ? null
        : {
            x: axisOf(x, across),
            y: axisOf(y, up),
            xs: placesOf(x, across, rows),
            ys: placesOf(y, up, rows),
            colours: colour === null ? undefined : coloursOf(colour, rows),
          },
    [x, y, across, up, colour, rows],
  );
  if (drawn === null || y === null) return null;
  const brush = (found: Uint32Array, box: Box): void => {
    const picked = Uint32Array.from(found).sort();
    const sides = [
      { reading: x, slots: across },
      { reading: y, slots: up },
    ] as const;
    const tight = tightBox(sides[0], sides[1], picked);
    onPick({
      group: part.group,
      rows: picked,
      candidates: [...ofBox(...sides, box), ...(tight === null ? [] : ofBox(...sides, tight))],
      byHand: strings.byIds(x.name, y.name),
      ...(rows.length < part.rows.length ? { drawn: rows } : {}),
    });
  };
  const { colours, ...axes } = drawn;
  const notes = [
    ...(part.rows.length > MOST_DRAWN ? [strings.drawn(rows.length, part.rows.length)] : []),
    ...(axes.x.jitter === true || axes.y.jitter === true ? [shared.jittered] : []),
  ];
  return (
    <ChartFrame
      title={panel.title}
      summary={summary}
      table={() => rowsTable(page, part.rows, [x, y, ...(colour === null ? [] : [colour])])}
      legend={<PointsLegend colours={colours} selected={store.selected.value.length > 0} />}
      note={notes.length > 0 ? notes.join(' ') : undefined}
    >
      <Points
        label={panel.title}
        {...axes}
        rows={rows}
        {...(colours === undefined ? {} : { colours })}
        selected={store.selected.value}
        describe={describer(plan, rows, page.rows.ids.text)}
        onPick={(row) => store.open(row)}
        onBrush={brush}
      />
    </ChartFrame>
  );
}

function PointsLegend(props: {
  readonly colours: PointColours | undefined;
  readonly selected: boolean;
}): JSX.Element | null {
  const { colours, selected } = props;
  if (colours === undefined && !selected) return null;
  const mark = selected ? { selected: strings.selected } : {};
  if (colours === undefined) return <Legend {...mark} />;
  const missing = Array.prototype.some.call(colours.values, Number.isNaN);
  if (colours.kind === 'category') {
    const { title, names } = colours;
    return <Legend categories={{ title, names }} as="point" {...mark} />;
  }
  const { title, domain, format = String } = colours;
  const [low, high] = domain.map(format);
  return <Legend scale={{ title, low, high, missing }} {...mark} />;
}
