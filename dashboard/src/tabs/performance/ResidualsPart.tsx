/** Plots of a regression: observed and predicted values, and their residuals. */

import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { ChartFrame, Histogram, Legend, Lines, Points } from '../../charts/index.ts';
import type { Box, PlotLayout, TableSpec } from '../../charts/types.ts';
import type { Outcomes } from '../../metrics/index.ts';
import type { Condition } from '../../payload/types.ts';
import { described } from '../../state/filters.ts';
import { type Store, useStore } from '../../state/store.ts';
import { extentOf } from '../../stats/summary.ts';
import { number, signed } from '../../text/numbers.ts';
import { type Result, within } from './logic.ts';
import { addCohort, Card, chosen, GroupChoice, Said, seriesOf } from './parts.tsx';
import {
  countsOf,
  edgesOf,
  type MeanLine,
  meanLine,
  meanResidual,
  normalPlot,
  residualsOf,
} from './residuals.ts';
import { strings } from './strings.ts';

interface Props {
  readonly results: readonly Result[];
}

export function ResidualsPart({ results }: Props): JSX.Element {
  const store = useStore();
  const one = chosen(store, results);
  const { outcomes } = one;
  const residuals = useMemo(() => residualsOf(outcomes), [outcomes]);
  const table = useMemo(
    () => () => rowTable(store, outcomes, residuals),
    [store, outcomes, residuals],
  );
  if (outcomes.rows.length === 0) return <Said />;
  const shared = { result: one, residuals, table };
  return (
    <>
      <Said />
      <GroupChoice groups={results.map(({ group }) => group)} />
      <div class="grid perf-curves four">
        <Fit {...shared} />
        <ByPrediction {...shared} />
        <ResidualHistogram results={results} />
        <NormalPlot results={results} />
      </div>
    </>
  );
}

interface CloudProps {
  readonly result: Result;
  readonly residuals: Float64Array;
  readonly table: () => TableSpec;
}

function describeRow(store: Store, outcomes: Outcomes, residuals: Float64Array, i: number): string {
  const row = outcomes.rows[i];
  return strings.describe(
    store.page.rows.ids.text(row),
    number(outcomes.actual[i]),
    number(outcomes.predicted[i]),
    signed(residuals[i]),
  );
}

function brushed(
  store: Store,
  result: Result,
  x: Condition['of'],
  y: Condition['of'],
  box: Box,
): void {
  const conditions: Condition[] = [
    { of: x, is: 'between', value: [...box.x] },
    { of: y, is: 'between', value: [...box.y] },
  ];
  const filter = within(result.group, conditions);
  addCohort(store, described(store.page, { all: conditions }), filter);
}

function Fit({ result, residuals, table }: CloudProps): JSX.Element {
  const store = useStore();
  const { group, outcomes, figures } = result;
  const { actual, predicted, rows } = outcomes;
  const domain = extentOf(actual, predicted);
  return (
    <Card>
      <ChartFrame
        title={strings.fit}
        summary={strings.fitSummary(
          group.name,
          number(figures.r2?.value ?? Number.NaN),
          number(figures.mae?.value ?? Number.NaN),
        )}
        table={table}
        note={strings.pointKeys}
      >
        <Points
          label={strings.fit}
          x={{ title: strings.predictedValue, domain }}
          y={{ title: strings.observedValue, domain }}
          rows={rows}
          xs={predicted}
          ys={actual}
          height={300}
          selected={store.selected.value}
          describe={(i) => describeRow(store, outcomes, residuals, i)}
          onPick={(row) => store.open(row)}
          onBrush={(_, box) => brushed(store, result, 'predicted', 'actual', box)}
          overlay={({ x, y }) => (
            <line
              class="rule"
              x1={x.place(domain[0])}
              y1={y.place(domain[0])}
              x2={x.place(domain[1])}
              y2={y.place(domain[1])}
            />
          )}
        />
      </ChartFrame>
    </Card>
  );
}

function ByPrediction({ result, residuals, table }: CloudProps): JSX.Element {
  const store = useStore();
  const { group, outcomes } = result;
  const { predicted, rows } = outcomes;
  const line = useMemo(() => meanLine(predicted, residuals), [predicted, residuals]);
  return (
    <Card>
      <ChartFrame
        title={strings.residuals}
        summary={strings.residualsSummary(group.name, signed(meanResidual(residuals)))}
        table={table}
        note={strings.pointKeys}
      >
        <Points
          label={strings.residuals}
          x={{ title: strings.predictedValue, domain: extentOf(predicted) }}
          y={{ title: strings.residual, domain: extentOf(residuals, [0]) }}
          rows={rows}
          xs={predicted}
          ys={residuals}
          height={300}
          selected={store.selected.value}
          describe={(i) => describeRow(store, outcomes, residuals, i)}
          onPick={(row) => store.open(row)}
          onBrush={(_, box) => brushed(store, result, 'predicted', 'residual', box)}
          overlay={(layout) => <Means layout={layout} line={line} />}
        />
      </ChartFrame>
    </Card>
  );
}

function Means({ layout, line }: { layout: PlotLayout; line: MeanLine }): JSX.Element {
  const { x, y } = layout;
  const path = line.xs.map((at, i) => `${x.place(at)},${y.place(line.ys[i])}`).join(' ');
  return (
    <>
      <line class="zero" x1={x.range[0]} x2={x.range[1]} y1={y.place(0)} y2={y.place(0)} />
      <polyline points={path} fill="none" stroke="var(--ink)" stroke-width="2" />
    </>
  );
}

const BINS = 24;

function ResidualHistogram({ results }: Props): JSX.Element {
  const groups = results.map(({ group }) => group);
  const { edges, each } = useMemo(() => {
    const all = results.map(({ outcomes }) => residualsOf(outcomes));
    const [low, high] = extentOf(...all);
    const made = edgesOf(low, high, BINS);
    return {
      edges: made,
      each: all.map((values) => ({ values, counts: countsOf(values, made) })),
    };
  }, [results]);
  const texts = each.flatMap(({ values }, i) =>
    values.length === 0
      ? []
      : each.length === 1
        ? signed(meanResidual(values))
        : strings.named(groups[i].name, signed(meanResidual(values))),
  );
  const table = useMemo(() => () => binTable(results, edges, each), [results, edges, each]);
  return (
    <Card>
      <ChartFrame
        title={strings.residualHistogram}
        summary={strings.residualHistogramSummary(texts)}
        table={table}
        legend={groups.length > 1 ? <Legend series={seriesOf(groups)} /> : undefined}
      >
        <Histogram
          label={strings.residualHistogram}
          x={{ title: strings.residual }}
          edges={edges}
          series={groups.map(({ name, colour }, i) => ({ name, colour, counts: each[i].counts }))}
          yTitle={strings.shareOfRows}
          share
          height={260}
        />
      </ChartFrame>
    </Card>
  );
}

function binTable(
  results: readonly Result[],
  edges: Float64Array,
  each: readonly { readonly counts: Uint32Array }[],
): TableSpec {
  return {
    count: edges.length - 1,
    columns: [
      {
        title: strings.residual,
        value: (row) => edges[row],
        text: (row) => strings.range(number(edges[row]), number(edges[row + 1])),
        numeric: true,
      },
      ...results.map(({ group }, i) => ({
        title: group.name,
        value: (row: number) => each[i].counts[row],
        numeric: true,
      })),
    ],
  };
}

function NormalPlot({ results }: Props): JSX.Element {
  const groups = results.map(({ group }) => group);
  const lines = useMemo(
    () => results.map(({ outcomes }) => normalPlot(residualsOf(outcomes))),
    [results],
  );
  const [low, high] = extentOf(
    lines.flatMap((line) => line.xs),
    lines.flatMap((line) => line.ys),
  );
  return (
    <Card>
      <ChartFrame
        title={strings.qq}
        summary={strings.qqSummary}
        table={() => quantileTable(results, lines)}
        legend={groups.length > 1 ? <Legend series={seriesOf(groups)} as="line" /> : undefined}
      >
        <Lines
          label={strings.qq}
          x={{ title: strings.qqX, domain: [low, high], exact: true }}
          y={{ title: strings.qqY, domain: [low, high], exact: true }}
          series={groups.map(({ name, colour }, i) => ({ name, colour, ...lines[i] }))}
          height={260}
          diagonal
        />
      </ChartFrame>
    </Card>
  );
}

function quantileTable(results: readonly Result[], lines: readonly MeanLine[]): TableSpec {
  const cells = lines.flatMap((line, i) =>
    line.xs.map((x, k) => ({ name: results[i].group.name, x, y: line.ys[k] })),
  );
  return {
    count: cells.length,
    columns: [
      { title: strings.group, value: (row) => cells[row].name },
      { title: strings.qqX, value: (row) => cells[row].x, numeric: true },
      { title: strings.qqY, value: (row) => cells[row].y, numeric: true },
    ],
  };
}

function rowTable(store: Store, outcomes: Outcomes, residuals: Float64Array): TableSpec {
  const { ids } = store.page.rows;
  return {
    count: outcomes.rows.length,
    columns: [
      { title: ids.name, value: (i) => ids.text(outcomes.rows[i]) },
      { title: strings.observedValue, value: (i) => outcomes.actual[i], numeric: true },
      { title: strings.predictedValue, value: (i) => outcomes.predicted[i], numeric: true },
      { title: strings.residual, value: (i) => residuals[i], numeric: true },
    ],
  };
}
