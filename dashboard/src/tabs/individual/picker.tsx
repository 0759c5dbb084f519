/** Choosing rows: in a scatter of predictions, by id, or in a table. */

import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { airy } from '../../charts/axes.ts';
import { ChartFrame, CLASSES, Legend, Points } from '../../charts/index.ts';
import type { AxisSpec, PointColours, TableColumn } from '../../charts/types.ts';
import { byImportance, type Page } from '../../payload/page.ts';
import { figuredTarget } from '../../state/outputs.ts';
import { MOST_SELECTED, type Store, useStore } from '../../state/store.ts';
import { everyRow } from '../../stats/rows.ts';
import { extentOf } from '../../stats/summary.ts';
import { number, percent } from '../../text/numbers.ts';
import { DataTable, Note, Segmented, Select } from '../../ui/index.ts';
import { ById } from '../shared/ById.tsx';
import { axisOf, cellsAt } from '../shared/columns.ts';
import { outputFor } from '../shared/labels.ts';
import { type Picker as Kind, stateOf } from './state.ts';
import { strings } from './strings.ts';

const OBSERVED = -1;
const CHOSEN = -2;
const MOST_COLUMNS = 12;
const MOST_OFFERED = 200;
const KINDS: readonly Kind[] = ['scatter', 'table'];

export function Picker(): JSX.Element {
  const store = useStore();
  const choices = stateOf(store);
  const { rows } = store.page;
  const kind = rows.hasPredicted ? choices.picker.value : 'table';
  return (
    <section class="card stack">
      <div class="row end controls">
        {rows.hasPredicted ? (
          <Segmented
            label={strings.picker}
            value={kind}
            options={KINDS.map((value) => ({ value, label: strings.pickers[value] }))}
            onChange={(value) => {
              choices.picker.value = value;
            }}
          />
        ) : null}
        <ById page={store.page} action={strings.add} onFound={(row) => store.open(row)} />
        {kind === 'scatter' && candidates(store).length > 0 ? <Across /> : null}
      </div>
      {rows.hasPredicted ? null : <Note>{strings.noPredictions}</Note>}
      {kind === 'scatter' ? <Scatter /> : <RowTable />}
    </section>
  );
}

/** What stands across the prediction: the outcome, or a feature. */
function Across(): JSX.Element {
  const store = useStore();
  const { across } = stateOf(store);
  const view = store.view.value;
  const observed = store.page.rows.hasActual && store.page.payload.classes === null;
  const label = targeted(store.page, strings.observed);
  const options = [
    ...(observed ? [{ value: OBSERVED, label }] : []),
    ...candidates(store).map((value) => ({ value, label: view.columns[value].name })),
  ];
  return (
    <Select
      label={strings.against}
      value={acrossOf(store)}
      options={options}
      onChange={(value) => {
        across.value = value;
      }}
    />
  );
}

/** A title with the target it is of, where there are several. */
function targeted(page: Page, title: string): string {
  const target = figuredTarget(page);
  return target === null ? title : strings.ofTarget(title, target);
}

/** Features with cells, the most important first. */
function candidates(store: Store): number[] {
  const view = store.view.value;
  return byImportance(view)
    .filter((i) => view.columns[i].absent === undefined)
    .slice(0, MOST_OFFERED);
}

function acrossOf(store: Store): number {
  const { across } = stateOf(store);
  const { rows, payload } = store.page;
  if (across.value !== CHOSEN && across.value < store.view.value.columns.length) {
    return across.value;
  }
  if (rows.hasActual && payload.classes === null) return OBSERVED;
  return candidates(store)[0] ?? OBSERVED;
}

/** An axis with the cells on it. */
interface Placed {
  readonly axis: AxisSpec;
  readonly cells: Float64Array;
}

/** Probability of the class that is looked at, else the prediction. */
function predictionsOf(page: Page, output: number): Placed {
  const { rows, payload } = page;
  const all = everyRow(rows.count);
  const { classes } = payload;
  if (classes === null) {
    const cells = Float64Array.from(all, rows.predicted);
    const missing = cells.some(Number.isNaN);
    const title = targeted(page, strings.predictedValue);
    return { axis: { title, domain: extentOf(cells), missing }, cells };
  }
  if (rows.hasProbabilities) {
    const cells = Float64Array.from(all, (row) => rows.probability(output, row));
    const title = strings.probabilityOf(classes[output]);
    const missing = cells.some(Number.isNaN);
    return { axis: { title, domain: [0, 1], exact: true, format: percent, missing }, cells };
  }
  const cells = Float64Array.from(all, rows.predicted);
  const missing = cells.some(Number.isNaN);
  const axis = {
    title: strings.predicted,
    kind: 'category',
    names: classes,
    jitter: true,
    missing,
  };
  return { axis: axis as AxisSpec, cells };
}

function acrossPlaced(store: Store, across: number): Placed {
  const { rows } = store.page;
  const all = everyRow(rows.count);
  if (across === OBSERVED) {
    const { classes } = store.page.payload;
    const isKnown = rows.hasActual || classes === null;
    const cells = Float64Array.from(all, isKnown ? rows.actual : rows.predicted);
    const missing = cells.some(Number.isNaN);
    const title = isKnown ? targeted(store.page, strings.observed) : strings.predicted;
    if (classes !== null) {
      return { axis: { title, kind: 'category', names: classes, jitter: true, missing }, cells };
    }
    return { axis: { title, domain: airy(extentOf(cells)), missing }, cells };
  }
  const column = store.view.value.columns[across];
  const cells = cellsAt(column, all);
  return { axis: axisOf(column, cells), cells };
}

/** Observed classes where they are known, else the predicted ones. */
function classColours(page: Page): PointColours | undefined {
  const { rows, payload } = page;
  const { classes } = payload;
  if (classes === null || classes.length > CLASSES) return undefined;
  const read = rows.hasActual ? rows.actual : rows.predicted;
  return {
    kind: 'category',
    title: rows.hasActual ? strings.observed : strings.predicted,
    names: classes,
    values: Float64Array.from(everyRow(rows.count), read),
  };
}

function Scatter(): JSX.Element {
  const store = useStore();
  const { page } = store;
  const across = acrossOf(store);
  const output = outputFor(page, store.output.value, store.selected.value[0]);
  const rows = useMemo(() => everyRow(page.rows.count), [page]);
  const x = useMemo(() => predictionsOf(page, output), [page, output]);
  const y = useMemo(() => acrossPlaced(store, across), [store.view.value, across]);
  const colours = useMemo(() => classColours(page), [page]);
  const describe = (row: number) =>
    [
      strings.row(page.rows.ids.text(row)),
      `${x.axis.title}: ${textOn(x, row)}`,
      `${y.axis.title}: ${textOn(y, row)}`,
      colours?.kind === 'category' && !Number.isNaN(colours.values[row])
        ? `${colours.title}: ${colours.names[colours.values[row]]}`
        : '',
    ]
      .filter(Boolean)
      .join('\n');
  return (
    <ChartFrame
      title={strings.pick}
      level={2}
      summary={strings.pickSummary(MOST_SELECTED)}
      legend={
        <Legend
          selected={strings.selectedRow}
          {...(colours?.kind === 'category' ? { categories: colours } : {})}
        />
      }
    >
      <Points
        label={strings.scatter}
        x={x.axis}
        y={y.axis}
        rows={rows}
        xs={x.cells}
        ys={y.cells}
        {...(colours ? { colours } : {})}
        height={300}
        selected={store.selected.value}
        describe={describe}
        onPick={(row) => store.toggle(row)}
      />
    </ChartFrame>
  );
}

function textOn({ axis, cells }: Placed, row: number): string {
  const value = cells[row];
  if (axis.kind === 'category' && !Number.isNaN(value)) return axis.names?.[value] ?? '';
  return (axis.format ?? number)(value);
}

function RowTable(): JSX.Element {
  const store = useStore();
  const { page } = store;
  const view = store.view.value;
  const output = outputFor(page, store.output.value, store.selected.value[0]);
  const columns = useMemo((): TableColumn[] => {
    const { ids } = page.rows;
    return [
      { title: strings.id, value: ids.number, text: ids.text, numeric: ids.type === 'number' },
      ...outcomeColumns(page, output),
      ...candidates(store)
        .slice(0, MOST_COLUMNS)
        .map((i) => ({
          title: view.columns[i].name,
          value: view.columns[i].number,
          text: view.columns[i].text,
          numeric: true,
        })),
    ];
  }, [page, view, output]);
  return (
    <DataTable
      label={strings.pick}
      table={{ count: page.rows.count, columns }}
      selected={store.selected.value}
      onPick={(row) => store.toggle(row)}
      pickLabel={(row) => strings.rowTitle(page.rows.ids.text(row))}
    />
  );
}

/** Predicted, the probability of a class, and observed, as far as they are known. */
export function outcomeColumns(page: Page, output: number, withActual = true): TableColumn[] {
  const { rows, payload } = page;
  const { classes } = payload;
  const text = (value: number) => {
    if (Number.isNaN(value)) return '\u2013';
    return classes === null ? number(value) : classes[value];
  };
  const columns: TableColumn[] = [];
  if (rows.hasPredicted) {
    const value = (row: number) => rows.predicted(row);
    const numeric = classes === null;
    const title = targeted(page, strings.predicted);
    columns.push({ title, value, numeric, text: (row) => text(value(row)) });
  }
  if (rows.hasProbabilities && classes !== null) {
    const cls = output;
    columns.push({
      title: strings.probabilityOf(classes[cls]),
      numeric: true,
      value: (row) => rows.probability(cls, row),
      text: (row) => percent(rows.probability(cls, row)),
    });
  }
  if (rows.hasActual && withActual) {
    const value = (row: number) => rows.actual(row);
    const numeric = classes === null;
    const title = targeted(page, strings.observed);
    columns.push({ title, value, numeric, text: (row) => text(value(row)) });
  }
  return columns;
}
