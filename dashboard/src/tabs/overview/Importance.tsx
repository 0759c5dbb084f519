/** The most important features as bars. */

import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { Bars, ChartFrame } from '../../charts/index.ts';
import type { BarItem, TableSpec } from '../../charts/types.ts';
import { useStore } from '../../state/store.ts';
import { measureOf } from '../../state/units.ts';
import { percent } from '../../text/numbers.ts';
import { chosenLabel } from '../shared/labels.ts';
import { type Importances, importancesOf } from './importances.ts';
import { strings } from './strings.ts';

const SHOWN = 8;

export function Importance(): JSX.Element {
  const store = useStore();
  const view = store.view.value;
  const output = store.output.value;
  const found = useMemo(() => importancesOf(view, output), [view, output]);
  const { values, order, total } = found;
  const shown = order.slice(0, SHOWN);
  const items = itemsOf(found, view.spec.features, shown);
  const label = view.spec.outputs.length > 1 ? chosenLabel(store) : null;
  const title = label === null ? strings.importances : strings.importancesOf(label);
  const first = order[0];
  const summary =
    first === undefined || values[first] === 0
      ? strings.nothingMatters
      : strings.importancesSummary(
          view.spec.features[first],
          total === null ? null : percent(values[first] / total),
          shown.length,
        );
  const { rows } = view.spec.globals;
  return (
    <ChartFrame title={title} summary={summary} table={() => tableOf(found, view.spec.features)}>
      <Bars
        label={title}
        items={items}
        series={[{ name: title, colour: 0 }]}
        axisTitle={strings.measured(measureOf(view.spec), rows)}
        onPick={(item) => {
          const feature = shown[item];
          if (feature !== undefined) store.feature.value = feature;
          store.tab.value = 'aggregate';
        }}
      />
    </ChartFrame>
  );
}

function itemsOf(
  found: Importances,
  features: readonly string[],
  shown: readonly number[],
): BarItem[] {
  const { values, deviations, total, order, rest, leftOut } = found;
  const items = shown.map((i): BarItem => {
    const deviation = deviations?.[i];
    return {
      label: features[i],
      values: [values[i]],
      ...(total === null ? {} : { detail: percent(values[i] / total) }),
      ...(deviation === undefined
        ? {}
        : { low: [values[i] - deviation], high: [values[i] + deviation] }),
    };
  });
  const others = order.slice(shown.length);
  const sum = others.reduce((all, i) => all + values[i], rest);
  if (total !== null && others.length + leftOut > 0) {
    items.push({
      label: strings.others(others.length + leftOut),
      values: [sum],
      detail: percent(sum / total),
      muted: true,
    });
  }
  return items;
}

function tableOf(found: Importances, features: readonly string[]): TableSpec {
  const { values, deviations, order, total } = found;
  const at = (line: number): number => values[order[line]];
  return {
    count: order.length,
    columns: [
      { title: strings.feature, value: (line) => features[order[line]] },
      { title: strings.importance, numeric: true, value: at },
      ...(total === null
        ? []
        : [
            {
              title: strings.share,
              numeric: true,
              value: (line: number) => at(line) / total,
              text: (line: number) => percent(at(line) / total),
            },
          ]),
      ...(deviations === null
        ? []
        : [
            {
              title: strings.deviation,
              numeric: true,
              value: (line: number) => deviations[order[line]],
            },
          ]),
    ],
  };
}
