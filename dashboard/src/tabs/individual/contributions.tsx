/** What each feature added to the output of the chosen rows, drawn in four ways. */

import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { airy } from '../../charts/axes.ts';
import { Bars, ChartFrame, Decision, Force, Legend, Waterfall } from '../../charts/index.ts';
import { pushing, reach, running } from '../../charts/stack.ts';
import type { Look, Step, TableSpec } from '../../charts/types.ts';
import type { Attributions } from '../../state/attributions.ts';
import { outputNames, useStore } from '../../state/store.ts';
import { extentOf } from '../../stats/summary.ts';
import { short, signed, tidy } from '../../text/numbers.ts';
import { Segmented, Slider } from '../../ui/index.ts';
import { largestOf, stepsOf } from './logic.ts';
import { type Kind, stateOf } from './state.ts';
import { strings } from './strings.ts';

const KINDS: readonly Kind[] = ['waterfall', 'bars', 'force', 'decision'];
const MOST = 40;
const SIDE_BY_SIDE = 3;

interface ContributionsProps {
  readonly rows: readonly number[];
  readonly values: Attributions;
  readonly output: number;
}

/** One row with its steps. */
interface Explained {
  readonly row: number;
  readonly id: string;
  readonly steps: readonly Step[];
}

/** What all four charts are drawn from. */
interface Shown {
  readonly rows: readonly Explained[];
  readonly features: readonly number[];
  readonly values: Attributions;
  readonly pick: (item: number) => void;
}

export function Contributions({ rows, values, output }: ContributionsProps): JSX.Element {
  const store = useStore();
  const choices = stateOf(store);
  const view = store.view.value;
  const { ids } = store.page.rows;
  const kept = view.local?.kept.length ?? 0;
  const top = Math.min(choices.top.value, kept);
  const shown: Shown = useMemo(() => {
    const features = largestOf(view, values, rows, top);
    return {
      features,
      values,
      rows: rows.map((row) => ({
        row,
        id: ids.text(row),
        steps: stepsOf(view, values, row, features, strings.others),
      })),
      pick: (item) => {
        const feature = features[item];
        if (feature === undefined) return;
        store.feature.value = feature;
        store.tab.value = 'aggregate';
      },
    };
  }, [view, values, rows, top]);
  const kind = choices.kind.value;
  const names = outputNames(store.page);
  const name = names.length > 1 ? names[output] : null;
  const said = store.page.payload.classes === null ? strings.targetOf : strings.classOf;
  return (
    <section class="card stack">
      <div class="row end controls">
        <Segmented
          label={strings.kind}
          value={kind}
          options={KINDS.map((value) => ({ value, label: strings.kinds[value] }))}
          onChange={(value) => {
            choices.kind.value = value;
          }}
        />
        {kept > 1 ? (
          <Slider
            label={strings.top}
            value={top}
            min={1}
            max={Math.min(MOST, kept)}
            onChange={(value) => {
              choices.top.value = value;
            }}
          />
        ) : null}
      </div>
      <ChartFrame
        title={name === null ? strings.why : strings.whyOf(name)}
        level={2}
        summary={summaryOf(shown, kind)}
        table={() => tableOf(shown)}
        note={name !== null && store.output.value === 'all' ? said(name) : undefined}
      >
        <Drawing shown={shown} kind={kind} />
      </ChartFrame>
    </section>
  );
}

function Drawing({ shown, kind }: { shown: Shown; kind: Kind }): JSX.Element {
  if (kind === 'bars') return <SideBySide shown={shown} />;
  if (kind === 'decision') return <DecisionLines shown={shown} />;
  const { rows, values, pick } = shown;
  const domain = domainOf(shown, kind);
  const Chart = kind === 'force' ? Force : Waterfall;
  const several = rows.length > 1;
  return (
    <div class="stack">
      <Legend signs={{ positive: strings.raises, negative: strings.lowers }} />
      <div class={kind === 'waterfall' ? 'grid waterfalls' : 'stack'}>
        {rows.map(({ row, id, steps }) => (
          <div key={row}>
            {several ? <h3>{strings.rowTitle(id)}</h3> : null}
            <Chart
              label={`${strings.why}: ${strings.row(id)}`}
              base={values.base}
              baseLabel={strings.base}
              outputLabel={strings.sum}
              steps={steps}
              axisTitle={strings.outputUnit(values.unit)}
              onPick={pick}
              {...(several ? { domain } : {})}
            />
          </div>
        ))}
      </div>
    </div>
  );
}

/** One scale for all rows, so that their charts compare. */
function domainOf({ rows, values }: Shown, kind: Kind): [number, number] {
  const ends = rows.flatMap(({ steps }) => {
    if (kind !== 'force') return reach(values.base, running(values.base, steps));
    const output = steps.reduce((sum, step) => sum + step.value, values.base);
    const { up, down } = pushing(output, steps);
    return reach(values.base, [...up, ...down]);
  });
  return airy(extentOf(ends));
}

/** Up to three rows in one chart, more in one each, with the same features and scale. */
function SideBySide({ shown }: { shown: Shown }): JSX.Element {
  const { rows, values, pick } = shown;
  const groups = rows.length <= SIDE_BY_SIDE ? [rows] : rows.map((row) => [row]);
  const domain = extentOf(
    [0],
    rows.flatMap(({ steps }) => steps.map((step) => step.value)),
  );
  return (
    <div class={groups.length > 1 ? 'grid' : ''}>
      {groups.map((group) => {
        const series = group.map(({ id }, i) => ({
          name: strings.rowTitle(id),
          colour: i as Look,
        }));
        return (
          <div key={group[0].row} class="stack tight">
            {rows.length > 1 ? (
              groups.length > 1 ? (
                <h3>{series[0].name}</h3>
              ) : (
                <Legend series={series} />
              )
            ) : (
              <Legend signs={{ positive: strings.raises, negative: strings.lowers }} />
            )}
            <Bars
              label={series.map(({ name }) => name).join(', ')}
              series={series}
              signed
              domain={domain}
              axisTitle={strings.importance(values.unit)}
              onPick={pick}
              items={group[0].steps.map((step, i) => ({
                label: group.length === 1 ? labelOf(step) : step.label,
                muted: step.rest ?? false,
                values: group.map(({ steps }) => steps[i].value),
                detail: group
                  .flatMap(({ id, steps }) => {
                    const { detail } = steps[i];
                    return detail === undefined ? [] : [`${strings.row(id)}: ${detail}`];
                  })
                  .join('\n'),
              }))}
            />
          </div>
        );
      })}
    </div>
  );
}

function labelOf(step: Step): string {
  return step.detail === undefined ? step.label : `${step.label} = ${step.detail}`;
}

function DecisionLines({ shown }: { shown: Shown }): JSX.Element {
  const { rows, values, pick } = shown;
  const names = rows.map(({ id }) => strings.rowTitle(id));
  return (
    <div class="stack tight">
      <Legend categories={{ title: strings.chosen, names }} />
      <Decision
        label={strings.why}
        base={values.base}
        baseLabel={strings.base}
        items={rows[0].steps.map((step) => (rows.length === 1 ? labelOf(step) : step.label))}
        lines={rows.map(({ id, steps }) => ({
          name: strings.rowTitle(id),
          values: steps.map((step) => step.value),
        }))}
        axisTitle={strings.outputUnit(values.unit)}
        onPick={pick}
      />
    </div>
  );
}

function summaryOf({ rows, values }: Shown, kind: Kind): string {
  const [{ id, steps }] = rows;
  const named = steps.filter((step) => !step.rest);
  const output = steps.reduce((sum, step) => sum + step.value, values.base);
  const largest = Math.max(...steps.map((step) => Math.abs(step.value)));
  const most = (sign: 1 | -1) => {
    const [first] = named
      .filter((step) => sign * tidy(step.value, largest) > 0)
      .sort((a, b) => sign * (b.value - a.value));
    return first === undefined ? null : labelOf(first);
  };
  const text = strings.whySummary(id, short(values.base), short(output), most(1), most(-1));
  const how = {
    waterfall: '',
    bars: strings.barsSummary,
    force: strings.forceSummary,
    decision: strings.decisionSummary,
  };
  return `${text} ${how[kind]}`.trim();
}

function tableOf({ rows }: Shown): TableSpec {
  const [{ steps }] = rows;
  return {
    count: steps.length,
    columns: [
      { title: strings.feature, value: (i) => steps[i].label },
      ...rows.flatMap((one) => [
        { title: strings.value(one.id), value: (i: number) => one.steps[i].detail ?? '\u2013' },
        {
          title: strings.importanceIn(one.id),
          numeric: true,
          value: (i: number) => one.steps[i].value,
          text: (i: number) => signed(one.steps[i].value),
        },
      ]),
    ],
  };
}
