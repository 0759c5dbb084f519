/** The rows themselves: paged, sorted, found by id, ticked. */

import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { TableSpec } from '../../charts/types.ts';
import { ALL_ROWS, type CohortRows } from '../../state/cohorts.ts';
import { MOST_SELECTED, useStore } from '../../state/store.ts';
import { everyRow } from '../../stats/rows.ts';
import { Button, DataTable, Search, Select } from '../../ui/index.ts';
import { idsFilter } from './picking.ts';
import type { Choice, Key, Look, Reading } from './readings.ts';
import { readingOf } from './readings.ts';
import type { State } from './state.ts';
import { strings } from './strings.ts';
import { columnOf, idColumn } from './tables.ts';

const FIRST_FEATURES = 2;

/** Return the columns that are shown first: outcomes, the axes, the most important features. */
export function firstColumns(choices: readonly Choice[], axes: readonly Key[]): readonly Key[] {
  const keys = choices.map((choice) => choice.key);
  const chance = keys.filter((key) => key.startsWith('probability:'));
  const features = keys.filter((key) => key.startsWith('feature:')).slice(0, FIRST_FEATURES);
  const wanted = ['predicted', ...(chance.length === 2 ? [chance[1]] : []), 'actual', ...axes];
  return [...new Set([...wanted, ...features])].filter((key) => keys.includes(key) && key !== 'id');
}

/** Return rows whose id contains a text. */
export function foundRows(
  rows: Uint32Array,
  text: string,
  id: (row: number) => string,
): Uint32Array {
  const wanted = text.trim().toLowerCase();
  return wanted === '' ? rows : rows.filter((row) => id(row).toLowerCase().includes(wanted));
}

interface RowTableProps {
  readonly state: State;
  readonly look: Look;
  readonly choices: readonly Choice[];
  readonly axes: readonly Key[];
  /** The one group that is drawn; null where there are several. */
  readonly group: CohortRows | null;
}

export function RowTable(props: RowTableProps): JSX.Element {
  const { state, look, choices, axes, group } = props;
  const store = useStore();
  const { page } = store;
  const picked = state.picked.value;
  const search = state.search.value;
  const all = useMemo(() => everyRow(page.rows.count), [page]);
  const base = picked?.rows ?? group?.rows ?? all;
  const rows = useMemo(() => foundRows(base, search, page.rows.ids.text), [base, search]);
  const keys = state.columns.value ?? firstColumns(choices, axes);
  const readings = keys
    .map((key) => readingOf(look, key))
    .filter((reading): reading is Reading => reading !== null);
  const table = useMemo((): TableSpec => {
    const at = (row: number): number => row;
    return {
      columns: [idColumn(page, at), ...readings.map((reading) => columnOf(reading, at))],
      count: page.rows.count,
    };
  }, [look, keys.join('\n')]);
  const tick = (row: number): void => {
    const next = new Set(state.ticked.value);
    if (!next.delete(row)) next.add(row);
    state.ticked.value = next;
  };
  const text = picked !== null ? strings.ofPicked : (group?.name ?? ALL_ROWS);
  return (
    <section class="card stack tight">
      <div class="row spread">
        <h3>{strings.table}</h3>
        <span class="small muted">{strings.tableOf(rows.length, text)}</span>
      </div>
      <div class="row end controls">
        <Search
          label={strings.searchId}
          value={search}
          placeholder={strings.searchPlaceholder}
          onChange={(next) => {
            state.search.value = next;
          }}
        />
        <AddColumn choices={choices} keys={keys} state={state} />
      </div>
      <Chips state={state} readings={readings} />
      <DataTable
        label={strings.table}
        table={table}
        rows={rows}
        selected={store.selected.value}
        onPick={(row) => store.open(row)}
        pickLabel={(row) => strings.openLabel(page.rows.ids.text(row))}
        ticked={state.ticked.value}
        onTick={tick}
        tickLabel={(row) => strings.tickLabel(page.rows.ids.text(row))}
      />
      <Actions state={state} rows={rows} isAll={rows.length === page.rows.count} />
    </section>
  );
}

function AddColumn(props: {
  readonly choices: readonly Choice[];
  readonly keys: readonly Key[];
  readonly state: State;
}): JSX.Element {
  const { choices, keys, state } = props;
  const options = useMemo(
    () => [
      { value: '', label: strings.chooseColumn },
      ...choices
        .filter((choice) => choice.key !== 'id' && !keys.includes(choice.key))
        .map(({ key, label, group }) => ({ value: key, label, group })),
    ],
    [choices, keys.join('\n')],
  );
  return (
    <Select
      label={strings.addColumn}
      value=""
      options={options}
      onChange={(key) => {
        if (key !== '') state.columns.value = [...keys, key];
      }}
    />
  );
}

function Chips(props: {
  readonly state: State;
  readonly readings: readonly Reading[];
}): JSX.Element {
  const { state, readings } = props;
  return (
    <fieldset class="row plain-set controls" aria-label={strings.columns}>
      {readings.map((reading) => (
        <Button
          key={reading.key}
          small
          label={strings.dropColumn(reading.name)}
          onClick={() => {
            state.columns.value = readings
              .map((one) => one.key)
              .filter((key) => key !== reading.key);
          }}
        >
          <span class="cut chip-name">{reading.name}</span>
          <span aria-hidden="true">{'\u00d7'}</span>
        </Button>
      ))}
    </fieldset>
  );
}

function Actions(props: {
  readonly state: State;
  readonly rows: Uint32Array;
  readonly isAll: boolean;
}): JSX.Element {
  const { state, rows, isAll } = props;
  const store = useStore();
  const ticked = Uint32Array.from(state.ticked.value).sort();
  const few = Math.min(ticked.length, MOST_SELECTED);
  const search = state.search.value.trim();
  const [made, setMade] = useState('');
  useEffect(() => setMade(''), [state.ticked.value, search]);
  const make = (name: string, of: Uint32Array): void => {
    store.addCohort(name, idsFilter(store.page, of));
    setMade(strings.made(store.cohorts.value.at(-1)?.name ?? name));
  };
  const open = (): void => {
    for (const row of Array.from(ticked.subarray(0, few)).reverse()) store.open(row);
  };
  return (
    <div class="row controls">
      <span class="small" role="status">
        {made === '' ? strings.ticked(ticked.length) : made}
      </span>
      {ticked.length > 0 ? (
        <>
          <Button small onClick={open}>
            {strings.openTicked(few)}
          </Button>
          <Button small onClick={() => make(strings.tickedName, ticked)}>
            {strings.cohortOfTicked}
          </Button>
          <Button
            small
            kind="quiet"
            onClick={() => {
              state.ticked.value = new Set();
            }}
          >
            {strings.untick}
          </Button>
        </>
      ) : null}
      {search !== '' && rows.length > 0 && !isAll ? (
        <Button small onClick={() => make(strings.listedName(search), rows)}>
          {strings.cohortOfListed(rows.length)}
        </Button>
      ) : null}
    </div>
  );
}
