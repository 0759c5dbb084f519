/** The chart of importance: bars, boxes, violins, or a dot per row. */

import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import {
  Bars,
  Beeswarm,
  Boxes,
  boxOf,
  densityOf,
  Legend,
  thinned,
  Violins,
} from '../../charts/index.ts';
import type { SwarmItem } from '../../charts/types.ts';
import { useStore } from '../../state/store.ts';
import { measureOf, unitOf } from '../../state/units.ts';
import { extentOf } from '../../stats/summary.ts';
import { number, signed as signedText } from '../../text/numbers.ts';
import { sharesOf } from '../shared/columns.ts';
import { type Drawn, hasColumns, isWord, MOST_DOTS, MOST_SPREAD } from './drawn.ts';
import { type Group, spreadOf } from './logic.ts';
import { strings } from './strings.ts';

export function Drawing({ drawn }: { drawn: Drawn }): JSX.Element {
  const { kind } = drawn;
  if (kind === 'box') return <Spread drawn={drawn} kind="box" />;
  if (kind === 'violin') return <Spread drawn={drawn} kind="violin" />;
  if (kind === 'beeswarm') return <Swarms drawn={drawn} />;
  return <ImportanceBars drawn={drawn} />;
}

/** Picking a feature opens its dependence plot; picking it again closes it. */
function usePick(drawn: Drawn): {
  readonly pick: (item: number) => void;
  readonly picked: number | null;
} {
  const store = useStore();
  const at = drawn.shown.indexOf(store.feature.value ?? -1);
  return {
    picked: at < 0 ? null : at,
    pick: (item) => {
      const feature = drawn.shown[item];
      if (feature === undefined) return;
      store.feature.value = store.feature.value === feature ? null : feature;
    },
  };
}

export function axisTitle(drawn: Drawn): string {
  const { asked, values, kind } = drawn;
  const { space } = asked.view.spec;
  if (values === null) return measureOf(asked.view.spec);
  const unit = values.unit || unitOf(space);
  if (kind === 'bar') return asked.signed ? strings.mean(unit) : `mean ${strings.size(unit)}`;
  return asked.signed ? strings.importance(unit) : strings.size(unit);
}

function ImportanceBars({ drawn }: { drawn: Drawn }): JSX.Element {
  const { groups, shown, rest, asked, values } = drawn;
  const { features } = asked.view.spec;
  const { pick, picked } = usePick(drawn);
  const items = shown.map((feature) => ({
    label: features[feature],
    values: groups.map((group) => group.values[feature]),
    ...(groups.some((group) => group.deviations)
      ? { low: groups.map(endOf(feature, -1)), high: groups.map(endOf(feature, 1)) }
      : {}),
  }));
  const all =
    rest === null
      ? items
      : [...items, { label: strings.others(rest.count), values: rest.sums, muted: true }];
  return (
    <div class="stack tight">
      {asked.signed && groups.length === 1 ? (
        <Legend signs={{ positive: strings.raises, negative: strings.lowers }} />
      ) : null}
      <Bars
        label={strings.bars}
        items={all}
        series={groups}
        signed={asked.signed}
        axisTitle={axisTitle(drawn)}
        picked={picked}
        {...(values === null ? {} : { onPick: pick })}
      />
    </div>
  );
}

/** End of the error bar of a feature. */
function endOf(feature: number, way: 1 | -1): (group: Group) => number {
  return ({ values, deviations }) => values[feature] + way * (deviations?.[feature] ?? Number.NaN);
}

function Spread({ drawn, kind }: { drawn: Drawn; kind: 'box' | 'violin' }): JSX.Element {
  const { groups, compared, shown, asked, values } = drawn;
  const { features } = asked.view.spec;
  const { pick, picked } = usePick(drawn);
  const spreads = useMemo(
    () =>
      shown.map((feature) => {
        const column = values?.column(feature) ?? null;
        return compared.map(({ rows }) =>
          column === null
            ? new Float64Array(0)
            : spreadOf(column, rows, asked.signed || !values?.signed, MOST_SPREAD),
        );
      }),
    [shown, values, compared, asked.signed],
  );
  const common = {
    label: strings.bars,
    series: groups,
    axisTitle: axisTitle(drawn),
    onPick: pick,
    picked,
    zero: asked.signed,
  };
  const boxes = useMemo(
    () => spreads.map((group, i) => ({ label: features[shown[i]], shapes: group.map(boxOf) })),
    [spreads],
  );
  const violins = useMemo(
    () =>
      kind === 'box'
        ? []
        : spreads.map((group, i) => ({ label: features[shown[i]], shapes: group.map(densityOf) })),
    [spreads, kind],
  );
  return kind === 'box' ? (
    <Boxes {...common} items={boxes} />
  ) : (
    <Violins {...common} items={violins} domain={extentOf(spreads.flat().flatMap(endsOf))} />
  );
}

function endsOf(values: Float64Array): number[] {
  return values.length === 0 ? [] : extentOf(values);
}

const SCALE = {
  title: strings.featureValue,
  low: strings.low,
  high: strings.high,
  missing: true,
} as const;

function Swarms({ drawn }: { drawn: Drawn }): JSX.Element {
  const store = useStore();
  const { compared, shown, asked, values } = drawn;
  const { features } = asked.view.spec;
  const { columns } = asked.view;
  const { pick, picked } = usePick(drawn);
  const selected = store.selected.value;
  const groups = useMemo(
    () =>
      compared.map((group) => {
        const wanted = selected.map((row) => group.rows.indexOf(row));
        const places = thinned(group.rows.length, MOST_DOTS, wanted);
        const rows = places.map((place) => group.rows[place]);
        const items = shown.map((feature): SwarmItem => {
          const column = values?.column(feature) ?? null;
          return {
            label: features[feature],
            values: Float64Array.from(rows, (row) => {
              if (column === null) return Number.NaN;
              return asked.signed || !values?.signed ? column[row] : Math.abs(column[row]);
            }),
            colours: sharesOf(columns[feature], rows, store.page.rows.count),
          };
        });
        return { group, rows, items };
      }),
    [compared, shown, values, asked, selected],
  );
  const domain = extentOf([0], ...groups.flatMap(({ items }) => items.map((item) => item.values)));
  const unit = values?.unit ?? '';
  const describe = (item: number, row: number) => {
    const feature = shown[item];
    const value = values?.column(feature)?.[row] ?? Number.NaN;
    return [
      strings.row(store.page.rows.ids.text(row)),
      isWord(drawn, feature)
        ? features[feature]
        : strings.valueOf(features[feature], columns[feature].text(row)),
      strings.attribution(values?.signed ? signedText(value) : number(value), unit),
    ].join('\n');
  };
  return (
    <div class="stack">
      <Legend
        {...(hasColumns(drawn) ? { scale: SCALE } : {})}
        {...(selected.length > 0 ? { selected: strings.selectedRows } : {})}
      />
      {groups.map(({ group, rows, items }) => (
        <div key={group.name}>
          {groups.length > 1 ? <Legend series={[group]} /> : null}
          <Beeswarm
            label={`${strings.bars}: ${group.name}`}
            items={items}
            rows={rows}
            selected={selected}
            domain={domain}
            axisTitle={axisTitle(drawn)}
            describe={describe}
            onPickItem={pick}
            onPickRow={(row) => store.open(row)}
            picked={picked}
          />
        </div>
      ))}
    </div>
  );
}
