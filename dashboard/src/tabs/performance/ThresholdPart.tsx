/** The threshold of two classes, and how figures change with it. */

import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { ChartFrame, Legend, Lines } from '../../charts/index.ts';
import type { TableSpec } from '../../charts/types.ts';
import {
  LABEL_METRICS,
  OWN_THRESHOLD,
  outcomesOf,
  ranked,
  sweep,
  withChance,
} from '../../metrics/index.ts';
import type { CohortRows } from '../../state/cohorts.ts';
import { useStore } from '../../state/store.ts';
import { Button, Select, Slider } from '../../ui/index.ts';
import { bestOf, sweepFigure } from './logic.ts';
import { Card, seriesOf } from './parts.tsx';
import { stateOf } from './state.ts';
import { strings } from './strings.ts';

const STEP = 0.01;
const THRESHOLDS = Float64Array.from({ length: 101 }, (_, i) => i / 100);

export function ThresholdBar(): JSX.Element {
  const { page, threshold } = useStore();
  const label = page.payload.classes?.[1] ?? '';
  const isOwn = threshold.value === OWN_THRESHOLD;
  return (
    <div class="card threshold-bar row no-print">
      <Slider
        label={strings.threshold}
        help={strings.thresholdHelp(label)}
        value={threshold.value}
        min={0}
        max={1}
        step={STEP}
        text={strings.thresholdText}
        onChange={(value) => {
          threshold.value = value;
        }}
      />
      <span class="small muted threshold-said">
        {isOwn ? strings.thresholdOwn : strings.thresholdMoved(label, threshold.value)}
      </span>
      <Button
        small
        disabled={isOwn}
        onClick={() => {
          threshold.value = OWN_THRESHOLD;
        }}
      >
        {strings.reset}
      </Button>
    </div>
  );
}

export function ThresholdCurve({ groups }: { groups: readonly CohortRows[] }): JSX.Element {
  const store = useStore();
  const { page, threshold } = store;
  const state = stateOf(store);
  const id = state.sweep.value;
  const metric = LABEL_METRICS.find((one) => one.id === id) ?? LABEL_METRICS[0];
  const points = useMemo(
    () =>
      groups.map((group) => {
        const { actual, chance } = withChance(outcomesOf(page, group.rows));
        return sweep(ranked(actual, chance?.[1] ?? [], 1), THRESHOLDS);
      }),
    [page, groups],
  );
  const values = useMemo(
    () => points.map((curve) => curve.map((point) => sweepFigure(point, metric.id))),
    [points, metric],
  );
  const table = useMemo(() => () => tableOf(groups, values), [groups, values]);
  const best = bestOf(values[0], metric.better);
  const show = strings.valueOf[metric.unit];
  const title = strings.titles[metric.id];
  return (
    <Card>
      <ChartFrame
        title={strings.sweep}
        summary={
          best < 0
            ? strings.undefinedShort
            : strings.sweepSummary(groups[0].name, title, THRESHOLDS[best], show(values[0][best]))
        }
        table={table}
        toolbar={
          <Select
            label={strings.sweepMetric}
            hideLabel
            value={metric.id}
            options={LABEL_METRICS.map((one) => ({ value: one.id, label: strings.titles[one.id] }))}
            onChange={(value) => {
              state.sweep.value = value;
            }}
          />
        }
        legend={groups.length > 1 ? <Legend series={seriesOf(groups)} as="line" /> : undefined}
      >
        <Lines
          label={strings.sweep}
          x={{ title: strings.threshold, domain: [0, 1], exact: true }}
          y={{ title, domain: [0, 1], exact: true, format: show }}
          series={groups.map(({ name, colour }, i) => ({
            name,
            colour,
            xs: THRESHOLDS,
            ys: values[i],
          }))}
          height={260}
          handle={{
            label: strings.threshold,
            x: threshold.value,
            min: 0,
            max: 1,
            step: STEP,
            text: strings.thresholdText,
            onMove: (x) => {
              threshold.value = Math.round(x * 100) / 100;
            },
          }}
        />
      </ChartFrame>
    </Card>
  );
}

function tableOf(groups: readonly CohortRows[], values: readonly (readonly number[])[]): TableSpec {
  return {
    count: THRESHOLDS.length,
    columns: [
      {
        title: strings.threshold,
        value: (row) => THRESHOLDS[row],
        text: (row) => strings.thresholdText(THRESHOLDS[row]),
        numeric: true,
      },
      ...groups.map(({ name }, i) => ({
        title: name,
        value: (row: number) => values[i][row],
        numeric: true,
      })),
    ],
  };
}
