/** Several explanations of the same features side by side, as shares and ranks. */

import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { Bars, ChartFrame, Legend } from '../../charts/index.ts';
import type { Look, TableSpec } from '../../charts/types.ts';
import { useStore } from '../../state/store.ts';
import { percent } from '../../text/numbers.ts';
import { besideOrder, type Other, sharesOfBeside } from './logic.ts';
import { stateOf } from './state.ts';
import { strings } from './strings.ts';

const MOST_BARS = 3;
const MOST_ROWS = 200;

export function Besides(): JSX.Element | null {
  const store = useStore();
  const { payload } = store.page;
  const { spec } = store.view.value;
  const top = stateOf(store).top.value;
  const others = useMemo(
    () =>
      [
        {
          name: strings.thisOne,
          method: payload.method,
          measure: spec.globals.measure,
          features: spec.features,
          values: spec.globals.values,
        },
        ...payload.beside,
      ].map(sharesOfBeside),
    [payload, spec],
  );
  if (others.length < 2) return null;
  const names = besideOrder(others, Math.max(top, 1));
  const drawn = others.slice(0, MOST_BARS);
  const series = drawn.map((other, i) => ({ name: other.name, colour: i as Look }));
  const [leader] = besideOrder(others.slice(0, 1), 1);
  const notes = others.map((other) => strings.besideMeasure(other.name, other.measure));
  if (others.length > MOST_BARS) notes.push(strings.besidesOnly(MOST_BARS));
  return (
    <section class="card">
      <ChartFrame
        title={strings.besides}
        level={2}
        summary={strings.besidesSummary(leader ?? '', others.length - 1)}
        legend={<Legend series={series} />}
        table={() => tableOf(others)}
        note={notes.join(' ')}
      >
        <Bars
          label={strings.besides}
          series={series}
          format={percent}
          axisTitle={strings.besidesAxis}
          items={names.map((name) => ({
            label: name,
            values: drawn.map((other) => other.shares.get(name) ?? Number.NaN),
            detail: drawn
              .map((other) => `${other.name}: ${strings.rankText(other.ranks.get(name))}`)
              .join('\n'),
          }))}
        />
      </ChartFrame>
    </section>
  );
}

function tableOf(others: readonly Other[]): TableSpec {
  const names = besideOrder(others, MOST_ROWS);
  return {
    count: names.length,
    columns: [
      { title: strings.tableFeature, value: (row) => names[row] },
      ...others.flatMap((other) => [
        {
          title: strings.shareOf(other.name),
          numeric: true,
          value: (row: number) => other.shares.get(names[row]) ?? Number.NaN,
          text: (row: number) => percent(other.shares.get(names[row]) ?? Number.NaN),
        },
        {
          title: strings.rankOf(other.name),
          numeric: true,
          value: (row: number) => other.ranks.get(names[row]) ?? Number.NaN,
        },
      ]),
    ],
  };
}
