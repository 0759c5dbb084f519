/** The dependence plot: a feature's value against its importance, one dot per row. */

import type { JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { airy } from '../../charts/axes.ts';
import { ChartFrame, Legend, Points } from '../../charts/index.ts';
import { pathOf } from '../../charts/paths.ts';
import type { Box, LegendProps, PlotLayout, PointColours } from '../../charts/types.ts';
import { type ColumnData, isLabelled } from '../../payload/columns.ts';
import type { Condition, Filter } from '../../payload/types.ts';
import { type Store, useStore } from '../../state/store.ts';
import { extentOf } from '../../stats/summary.ts';
import { number, short, signed, signedShort } from '../../text/numbers.ts';
import { Button, Note, Select } from '../../ui/index.ts';
import { axisOf, cellsAt, coloursOf, isColourable } from '../shared/columns.ts';
import { type MeanLine, meanLine, strongestPartner } from './dependence.ts';
import type { PerRow } from './logic.ts';
import { PartialDependence } from './pdp.tsx';
import { AUTOMATIC, NONE, stateOf } from './state.ts';
import { strings } from './strings.ts';

const MOST_PARTNERS = 100;

interface DependenceProps {
  readonly feature: number;
  readonly values: PerRow;
}

export function Dependence({ feature, values }: DependenceProps): JSX.Element | null {
  const store = useStore();
  const view = store.view.value;
  const column = view.columns[feature];
  const ref = useRef<HTMLElement>(null);
  useEffect(() => {
    ref.current?.scrollIntoView?.({ block: 'nearest' });
  }, [feature]);
  if (column === undefined) return null;
  const unkept = values.column(feature) === null;
  return (
    <section class="card stack" ref={ref}>
      {column.absent !== undefined ? (
        <Note kind="empty">{strings.dependenceAbsent(column.name, column.absent)}</Note>
      ) : unkept ? (
        <Note kind="empty">{strings.dependenceUnkept(column.name)}</Note>
      ) : (
        <>
          <Scatter feature={feature} values={values} column={column} />
          <PartialDependence column={column} />
        </>
      )}
    </section>
  );
}

function usePartner(feature: number, column: Float64Array, rows: Uint32Array) {
  const store = useStore();
  const view = store.view.value;
  const { partner } = stateOf(store);
  const automatic = useMemo(
    () => strongestPartner(view, feature, column, rows),
    [view, feature, column, rows],
  );
  const wanted = partner.value === AUTOMATIC ? automatic : partner.value;
  const used = wanted === null || wanted === NONE ? undefined : view.columns[wanted];
  return { automatic, used };
}

interface ScatterProps extends DependenceProps {
  readonly column: ColumnData;
}

function Scatter({ feature, values, column }: ScatterProps): JSX.Element {
  const store = useStore();
  const choices = stateOf(store);
  const groups = store.compared.value;
  const group = groups[Math.min(choices.group.value, groups.length - 1)];
  const { rows } = group;
  const attributions = values.column(feature) ?? new Float64Array(store.page.rows.count);
  const xs = useMemo(() => cellsAt(column, rows), [column, rows]);
  const ys = useMemo(
    () => Float64Array.from(rows, (row) => attributions[row]),
    [attributions, rows],
  );
  const line = useMemo(() => meanLine(xs, ys, isLabelled(column)), [xs, ys, column]);
  const x = useMemo(() => axisOf(column, xs), [column, xs]);
  const y = useMemo(
    () => ({ title: strings.importance(values.unit), domain: airy(extentOf(ys)) }),
    [ys, values.unit],
  );
  const { automatic, used } = usePartner(feature, attributions, rows);
  const colours = useMemo(
    () => (used === undefined ? undefined : coloursOf(used, cellsAt(used, rows))),
    [used, rows],
  );
  const text = values.signed ? signed : number;
  const rough = values.signed ? signedShort : short;
  const describe = (point: number) => {
    const row = rows[point];
    return [
      strings.row(store.page.rows.ids.text(row)),
      strings.valueOf(column.name, column.text(row)),
      strings.attribution(text(ys[point]), values.unit),
      used ? strings.valueOf(used.name, used.text(row)) : '',
    ]
      .filter(Boolean)
      .join('\n');
  };
  const canMark = store.scale.value === 'kept' && store.output.value !== 'all';
  const brush = (_: Uint32Array, box: Box) =>
    store.addCohort(cohortName(column, box), filterOf(store, column, box));
  return (
    <>
      <Tools automatic={automatic} feature={feature} />
      <ChartFrame
        title={strings.dependence(column.name)}
        level={2}
        summary={summaryOf(column, line, rough, values.unit)}
        legend={<Legend {...legendOf(colours, used)} />}
        table={() => tableOf(column, line, text)}
        note={x.jitter ? strings.jittered : undefined}
      >
        <Points
          label={`${strings.points}: ${column.name}`}
          x={x}
          y={y}
          rows={rows}
          xs={xs}
          ys={ys}
          {...(colours ? { colours } : {})}
          selected={store.selected.value}
          describe={describe}
          onPick={(row) => store.open(row)}
          {...(canMark ? { onBrush: brush } : {})}
          overlay={(layout) => <Means line={line} layout={layout} labelled={isLabelled(column)} />}
        />
      </ChartFrame>
    </>
  );
}

/** "age 20 to 30" */
function cohortName(column: ColumnData, box: Box): string {
  const [low, high] = box.x;
  if (Number.isNaN(high) || low === high) return strings.cohortAt(column.name, column.show(high));
  const from = Number.isNaN(low) ? strings.missing : placeText(column, low);
  return strings.cohortFrom(column.name, from, placeText(column, high));
}

/** Rows in a rectangle, as a filter that holds for other rows, too. */
function filterOf(store: Store, column: ColumnData, box: Box): Filter {
  const output = store.output.value;
  const classes = store.page.payload.classes;
  const { outputs } = store.view.value.spec;
  const name = output === 'all' ? undefined : (classes ?? outputs)[output];
  const parts: Condition[] = [];
  const of = { feature: column.name };
  const [low, high] = box.x;
  if (isLabelled(column)) {
    const labels = column.values.filter((_, code) => !(code < low) && code <= high);
    parts.push({ of, is: 'in', value: labels });
  } else if (Number.isNaN(high)) parts.push({ of, is: 'missing' });
  else if (!Number.isNaN(low)) parts.push({ of, is: 'between', value: [low, high] });
  else parts.push({ of, is: '<=', value: high });
  parts.push({
    of: { attribution: column.name, ...(name === undefined ? {} : { output: name }) },
    is: 'between',
    value: [...box.y],
  });
  return { all: parts };
}

function Tools({ automatic, feature }: { automatic: number | null; feature: number }): JSX.Element {
  const store = useStore();
  const choices = stateOf(store);
  const view = store.view.value;
  const groups = store.compared.value;
  const { values } = view.spec.globals;
  const partners = view.columns
    .map((column, value) => ({ value, label: column.name, column }))
    .filter(({ value, column }) => value !== feature && isColourable(column))
    .sort((a, b) => (values[b.value] || 0) - (values[a.value] || 0))
    .slice(0, MOST_PARTNERS)
    .map(({ value, label }) => ({ value, label }));
  const auto = strings.colourAuto(automatic === null ? null : view.columns[automatic].name);
  return (
    <div class="row end controls">
      <Select
        label={strings.colour}
        help={strings.autoHelp}
        value={choices.partner.value === feature ? AUTOMATIC : choices.partner.value}
        options={[
          { value: AUTOMATIC, label: auto },
          { value: NONE, label: strings.colourNone },
          ...partners,
        ]}
        onChange={(value) => {
          choices.partner.value = value;
        }}
      />
      {groups.length > 1 ? (
        <Select
          label={strings.group}
          value={Math.min(choices.group.value, groups.length - 1)}
          options={groups.map((group, value) => ({ value, label: group.name }))}
          onChange={(value) => {
            choices.group.value = value;
          }}
        />
      ) : null}
      <Button
        onClick={() => {
          store.feature.value = null;
        }}
      >
        {strings.close}
      </Button>
    </div>
  );
}

function legendOf(colours: PointColours | undefined, used: ColumnData | undefined): LegendProps {
  if (colours === undefined || used === undefined) return {};
  if (colours.kind === 'category') {
    return { categories: { title: colours.title, names: colours.names } };
  }
  const [low, high] = colours.domain;
  const missing = Array.from(colours.values).some(Number.isNaN);
  return {
    scale: { title: colours.title, low: used.show(low), high: used.show(high), missing },
  };
}

interface MeansProps {
  readonly line: MeanLine;
  readonly layout: PlotLayout;
  readonly labelled: boolean;
}

/** A line for magnitudes, a bar per label; missing values always have a bar of their own. */
function Means({ line, layout, labelled }: MeansProps): JSX.Element {
  const { x, y } = layout;
  const spots = line.xs.map((at, i) => [x.place(at), y.place(line.ys[i])] as const);
  const known = spots.filter((_, i) => !Number.isNaN(line.xs[i]));
  const barred = labelled ? spots : spots.filter((_, i) => Number.isNaN(line.xs[i]));
  const half = labelled ? Math.max(6, x.band * 0.38) : 18;
  return (
    <g fill="none" stroke="var(--ink)" stroke-width={2.5} stroke-linejoin="round">
      {labelled ? null : (
        <>
          <path d={pathOf(known)} stroke="var(--surface)" stroke-width={5} />
          <path d={pathOf(known)} />
        </>
      )}
      {barred.map(([px, py], i) => (
        <path key={i} d={`M${px - half} ${py}h${2 * half}`} />
      ))}
    </g>
  );
}

function summaryOf(
  column: ColumnData,
  line: MeanLine,
  text: (value: number) => string,
  unit: string,
): string {
  if (line.ys.length === 0) return strings.dependenceNone(column.name);
  const lowest = line.ys.indexOf(Math.min(...line.ys));
  const highest = line.ys.indexOf(Math.max(...line.ys));
  const at = (i: number) => `${text(line.ys[i])} at ${placeText(column, line.xs[i])}`;
  return strings.dependenceSummary(column.name, at(lowest), at(highest), unit);
}

function placeText(column: ColumnData, x: number): string {
  return Number.isNaN(x) || isLabelled(column) || column.type === 'time'
    ? column.show(x)
    : short(x);
}

function tableOf(column: ColumnData, line: MeanLine, text: (value: number) => string) {
  return {
    count: line.xs.length,
    columns: [
      {
        title: column.name,
        value: (row: number) => line.xs[row],
        text: (row: number) => placeText(column, line.xs[row]),
        numeric: true,
      },
      {
        title: strings.meanLine,
        numeric: true,
        value: (row: number) => line.ys[row],
        text: (row: number) => text(line.ys[row]),
      },
      { title: strings.group, numeric: true, value: (row: number) => line.counts[row] },
    ],
  };
}
