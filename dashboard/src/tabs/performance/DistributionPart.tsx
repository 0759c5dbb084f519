/** Distribution of predictions, or of any quantity, by cohort and by another quantity. */

import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { boxOf, ChartFrame, Legend } from '../../charts/index.ts';
import type { TableSpec } from '../../charts/types.ts';
import type { CohortRows } from '../../state/cohorts.ts';
import type { Quantity } from '../../state/quantities.ts';
import { useStore } from '../../state/store.ts';
import { count, percent } from '../../text/numbers.ts';
import { Note, Segmented, Select } from '../../ui/index.ts';
import { type Cut, Drawn } from './DistributionCharts.tsx';
import {
  type Choice,
  firstKey,
  labelCounts,
  MOST_LABELS,
  MOST_SLOTS,
  quantities,
  quantityOfKey,
  restricted,
  restrictions,
  type Slot,
  slotsOf,
  valuesOf,
} from './distributions.ts';
import { Card, seriesOf } from './parts.tsx';
import { type Shape, stateOf } from './state.ts';
import { strings } from './strings.ts';

export function DistributionPart(): JSX.Element {
  const store = useStore();
  const { page, compared, output } = store;
  const state = stateOf(store);
  const key = state.x.value ?? firstKey(page, output.value);
  const quantity = useMemo(() => quantityOfKey(page, key), [page, key]);
  const only = state.only.value;
  const groups = useMemo(
    () => restricted(page, compared.value, only),
    [page, compared.value, only],
  );
  const split = state.y.value;
  const isLabel = (quantity?.values.length ?? 0) > 0;
  const isHistogram = isLabel || state.shape.value === 'histogram';
  const { cuts, left } = useMemo(
    () => cutsOf(quantityOfKey(page, split), groups, isHistogram ? MOST_CHARTS : MOST_SLOTS),
    [page, split, groups, isHistogram],
  );
  if (quantity === null) return <Note>{strings.distributionNone}</Note>;
  const some = groups.some((group) => group.rows.length > 0);
  return (
    <Card>
      <ChartFrame
        title={
          state.x.value === null ? strings.distribution : strings.distributionOf(quantity.name)
        }
        summary={some ? summaryOf(quantity, groups) : strings.distributionNone}
        table={() => tableOf(quantity, cuts)}
        legend={
          <>
            <Controls chosen={key} isLabel={isLabel} />
            {groups.length > 1 ? <Legend series={seriesOf(groups)} /> : null}
          </>
        }
        note={left > 0 ? strings.left(left) : null}
      >
        {some ? (
          <Drawn quantity={quantity} cuts={cuts} groups={groups} shape={state.shape.value} />
        ) : null}
      </ChartFrame>
    </Card>
  );
}

/** As many histograms as stand beside each other. */
const MOST_CHARTS = 6;

function cutsOf(
  split: Quantity | null,
  groups: readonly CohortRows[],
  most: number,
): { readonly cuts: readonly Cut[]; readonly left: number } {
  if (split === null) return { cuts: [{ label: '', groups }], left: 0 };
  // Places are those of the largest group, so that all groups have the same.
  const largest = groups.reduce((a, b) => (b.rows.length > a.rows.length ? b : a));
  const { slots, left } = slotsOf(split, largest.rows, most);
  const cut = (slot: Slot): Cut => ({
    label: slot.label,
    groups: groups.map((group) => ({ ...group, rows: group.rows.filter(slot.holds) })),
  });
  return { cuts: slots.map(cut), left };
}

function options(choices: readonly Omit<Choice, 'of'>[], first?: string) {
  const rest = choices.map(({ key, label, group }) => ({ value: key, label, group }));
  return first === undefined ? rest : [{ value: '', label: first }, ...rest];
}

function Controls({ chosen, isLabel }: { chosen: string; isLabel: boolean }): JSX.Element {
  const store = useStore();
  const state = stateOf(store);
  const choices = useMemo(() => quantities(store.page), [store]);
  const rows = useMemo(() => restrictions(store.page), [store]);
  return (
    <div class="controls row end">
      <Select
        label={strings.x}
        value={chosen}
        options={options(choices)}
        onChange={(value) => {
          state.x.value = value;
        }}
      />
      <Select
        label={strings.y}
        value={state.y.value}
        options={options(choices, strings.byCohort)}
        onChange={(value) => {
          state.y.value = value;
        }}
      />
      {rows.length === 0 ? null : (
        <Select
          label={strings.only}
          value={state.only.value}
          options={options(rows, strings.every)}
          onChange={(value) => {
            state.only.value = value;
          }}
        />
      )}
      {isLabel ? null : (
        <Segmented
          label={strings.shape}
          value={state.shape.value}
          options={Object.entries(strings.shapes).map(([value, label]) => ({
            value: value as Shape,
            label,
          }))}
          onChange={(value) => {
            state.shape.value = value;
          }}
        />
      )}
    </div>
  );
}

function summaryOf(quantity: Quantity, groups: readonly CohortRows[]): string {
  const filled = groups.filter(({ rows }) => rows.length > 0);
  const told = (text: string, { name }: CohortRows): string =>
    groups.length === 1 ? text : strings.median(name, text);
  if (quantity.values.length > 0) {
    const texts = filled.map((group) => {
      const counts = labelCounts(quantity, group.rows);
      const most = counts.indexOf(Math.max(...counts));
      const label = quantity.values[most] ?? strings.missing;
      return told(`${label}, ${percent(counts[most] / group.rows.length)}`, group);
    });
    return strings.distributionLabels(quantity.name, texts);
  }
  const texts = filled.map((group) => {
    const box = boxOf(valuesOf(quantity, group.rows));
    return told(quantity.show(box?.median ?? Number.NaN), group);
  });
  return strings.distributionSummary(quantity.name, texts);
}

function tableOf(quantity: Quantity, cuts: readonly Cut[]): TableSpec {
  const cells = cuts.flatMap((cut) =>
    cut.groups.map((group) => ({ cut: cut.label, group: group.name, rows: group.rows })),
  );
  const first = [
    { title: strings.group, value: (row: number) => cells[row].group },
    ...(cuts.length > 1 ? [{ title: strings.y, value: (row: number) => cells[row].cut }] : []),
    {
      title: strings.rows,
      value: (row: number) => cells[row].rows.length,
      text: (row: number) => count(cells[row].rows.length),
      numeric: true,
    },
  ];
  if (quantity.values.length > 0) {
    const counts = cells.map(({ rows }) => labelCounts(quantity, rows));
    const labels = quantity.values.slice(0, MOST_LABELS).map((title, code) => ({
      title,
      value: (row: number) => counts[row][code],
      text: (row: number) => percent(counts[row][code] / cells[row].rows.length),
      numeric: true,
    }));
    return { count: cells.length, columns: [...first, ...labels] };
  }
  const boxes = cells.map(({ rows }) => boxOf(valuesOf(quantity, rows)));
  const column = (title: string, name: 'mean' | 'q1' | 'median' | 'q3') => ({
    title,
    value: (row: number) => boxes[row]?.[name] ?? Number.NaN,
    text: (row: number) => quantity.show(boxes[row]?.[name] ?? Number.NaN),
    numeric: true,
  });
  const { mean, q1, medianTitle, q3 } = strings;
  return {
    count: cells.length,
    columns: [
      ...first,
      column(mean, 'mean'),
      column(q1, 'q1'),
      column(medianTitle, 'median'),
      column(q3, 'q3'),
    ],
  };
}
