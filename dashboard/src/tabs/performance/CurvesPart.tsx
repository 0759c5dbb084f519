/** ROC, precision and recall, and calibration of one class. */

import type { ComponentChildren, JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { ChartFrame, Legend, Lines } from '../../charts/index.ts';
import type { LineSeries, LinesProps, TableSpec } from '../../charts/types.ts';
import type { Curve, Strategy } from '../../metrics/index.ts';
import type { CohortRows } from '../../state/cohorts.ts';
import { useStore } from '../../state/store.ts';
import { count, number, percent } from '../../text/numbers.ts';
import { Note, Segmented, Select } from '../../ui/index.ts';
import { calibrationOf, curvesOf, type GroupCurves, mostObserved, pointAt } from './curves.ts';
import { Card, seriesOf } from './parts.tsx';
import { stateOf } from './state.ts';
import { strings } from './strings.ts';

interface Props {
  readonly groups: readonly CohortRows[];
  readonly classes: readonly string[];
  readonly children?: ComponentChildren;
}

export function CurvesPart({ groups, classes, children }: Props): JSX.Element {
  const store = useStore();
  const state = stateOf(store);
  const { page, output } = store;
  const chosen = output.value;
  const frequent = useMemo(() => mostObserved(page, classes.length), [page, classes]);
  const own = state.cls.value ?? frequent;
  const cls = classes.length === 2 ? 1 : chosen === 'all' ? own : chosen;
  const curves = useMemo(
    () => groups.map((group) => curvesOf(page, group, cls)),
    [page, groups, cls],
  );
  const drawn = curves.filter((one) => one.isDrawn);
  return (
    <>
      {classes.length > 2 && chosen === 'all' ? (
        <div class="row">
          <Select
            label={strings.cls}
            value={cls}
            options={classes.map((label, value) => ({ value, label }))}
            onChange={(value) => {
              state.cls.value = value;
            }}
          />
        </div>
      ) : null}
      {drawn.length === 0 ? (
        <Note>{strings.noCurve(classes[cls])}</Note>
      ) : (
        <div class={`grid perf-curves ${children ? 'four' : 'three'}`}>
          <Roc curves={drawn} label={classes[cls]} />
          <PrecisionRecall curves={drawn} label={classes[cls]} />
          <CalibrationCurve curves={drawn} cls={cls} />
          {children}
        </div>
      )}
    </>
  );
}

const UNIT = { domain: [0, 1], exact: true } as const;

interface CurveProps {
  readonly curves: readonly GroupCurves[];
  readonly label: string;
}

function areasOf(curves: readonly GroupCurves[], of: (one: GroupCurves) => number): string[] {
  return curves.map((one) =>
    curves.length === 1 ? number(of(one)) : strings.named(one.group.name, number(of(one))),
  );
}

function legendOf(curves: readonly GroupCurves[]): JSX.Element | undefined {
  if (curves.length === 1) return undefined;
  return <Legend series={seriesOf(curves.map(({ group }) => group))} as="line" />;
}

/** Where the threshold of two classes stands on each curve. */
function useMarks(
  curves: readonly GroupCurves[],
  of: (one: GroupCurves) => Curve,
): NonNullable<LinesProps['marks']> {
  const { page, threshold } = useStore();
  if (page.payload.classes?.length !== 2) return [];
  const label = `${strings.atThreshold} ${strings.thresholdText(threshold.value)}`;
  return curves.map((one) => ({
    ...pointAt(of(one), threshold.value),
    label: curves.length === 1 ? label : '',
    colour: one.group.colour,
  }));
}

function lineOf({ group }: GroupCurves, { xs, ys }: Curve): LineSeries {
  return { name: group.name, colour: group.colour, xs, ys };
}

function Roc({ curves, label }: CurveProps): JSX.Element {
  const marks = useMarks(curves, (one) => one.roc);
  const table = useMemo(
    () => () =>
      tableOf(curves, (one) => one.roc, strings.falsePositiveRate, strings.truePositiveRate),
    [curves],
  );
  return (
    <Card>
      <ChartFrame
        title={strings.roc}
        summary={strings.rocSummary(
          label,
          areasOf(curves, (one) => one.auc),
        )}
        table={table}
        legend={legendOf(curves)}
      >
        <Lines
          label={strings.roc}
          x={{ title: strings.falsePositiveRate, ...UNIT }}
          y={{ title: strings.truePositiveRate, ...UNIT }}
          series={curves.map((one) => lineOf(one, one.roc))}
          marks={marks}
          height={260}
          diagonal
        />
      </ChartFrame>
    </Card>
  );
}

function PrecisionRecall({ curves, label }: CurveProps): JSX.Element {
  const marks = useMarks(curves, (one) => one.pr);
  const table = useMemo(
    () => () => tableOf(curves, (one) => one.pr, strings.recall, strings.precision),
    [curves],
  );
  const [{ rows }] = curves;
  const guess = rows.positive / (rows.positive + rows.negative);
  return (
    <Card>
      <ChartFrame
        title={strings.pr}
        summary={strings.prSummary(
          label,
          areasOf(curves, (one) => one.precision),
          number(guess),
        )}
        table={table}
        legend={legendOf(curves)}
      >
        <Lines
          label={strings.pr}
          x={{ title: strings.recall, ...UNIT }}
          y={{ title: strings.precision, ...UNIT }}
          series={curves.map((one) => lineOf(one, one.pr))}
          marks={marks}
          height={260}
        />
      </ChartFrame>
    </Card>
  );
}

function tableOf(
  curves: readonly GroupCurves[],
  of: (one: GroupCurves) => Curve,
  x: string,
  y: string,
): TableSpec {
  const cells = curves.flatMap((one) => {
    const { xs, ys, scores } = of(one);
    return Array.from(xs, (at, i) => ({ name: one.group.name, x: at, y: ys[i], score: scores[i] }));
  });
  return {
    count: cells.length,
    columns: [
      { title: strings.group, value: (row) => cells[row].name },
      { title: x, value: (row) => cells[row].x, numeric: true },
      { title: y, value: (row) => cells[row].y, numeric: true },
      { title: strings.threshold, value: (row) => cells[row].score, numeric: true },
    ],
  };
}

interface CalibrationProps {
  readonly curves: readonly GroupCurves[];
  readonly cls: number;
}

function CalibrationCurve({ curves, cls }: CalibrationProps): JSX.Element {
  const state = stateOf(useStore());
  const strategy = state.strategy.value;
  const found = useMemo(
    () => curves.map((one) => calibrationOf(one, cls, strategy)),
    [curves, cls, strategy],
  );
  const errors = found.map(({ error }, i) =>
    curves.length === 1 ? percent(error) : strings.named(curves[i].group.name, percent(error)),
  );
  const most = Math.max(...found.map(({ bins }) => bins.length));
  const table = useMemo(() => () => calibrationTable(curves, found), [curves, found]);
  return (
    <Card>
      <ChartFrame
        title={strings.calibration}
        summary={strings.calibrationSummary(errors)}
        table={table}
        legend={legendOf(curves)}
        note={curves.length === 1 ? strings.calibrationNote(most) : strings.calibrationBins(most)}
        toolbar={
          <Segmented
            label={strings.bins}
            hideLabel
            value={strategy}
            options={Object.entries(strings.strategies).map(([value, label]) => ({
              value: value as Strategy,
              label,
            }))}
            onChange={(value) => {
              state.strategy.value = value;
            }}
          />
        }
      >
        <Lines
          label={strings.calibration}
          x={{ title: strings.said, ...UNIT }}
          y={{ title: strings.seen, ...UNIT }}
          series={curves.map(({ group }, i) => ({
            name: group.name,
            colour: group.colour,
            xs: found[i].bins.map((bin) => bin.said),
            ys: found[i].bins.map((bin) => bin.seen),
            // Bands of several groups would hide each other.
            ...(curves.length === 1 ? { low: found[i].low, high: found[i].high } : {}),
            markers: true,
          }))}
          height={260}
          diagonal
        />
      </ChartFrame>
    </Card>
  );
}

function calibrationTable(
  curves: readonly GroupCurves[],
  found: readonly ReturnType<typeof calibrationOf>[],
): TableSpec {
  const cells = found.flatMap(({ bins }, i) =>
    bins.map((bin) => ({ ...bin, name: curves[i].group.name })),
  );
  return {
    count: cells.length,
    columns: [
      { title: strings.group, value: (row) => cells[row].name },
      { title: strings.said, value: (row) => cells[row].said, numeric: true },
      { title: strings.seen, value: (row) => cells[row].seen, numeric: true },
      {
        title: strings.count,
        value: (row) => cells[row].count,
        text: (row) => count(cells[row].count),
        numeric: true,
      },
    ],
  };
}
