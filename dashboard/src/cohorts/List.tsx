/** All cohorts: size, comparison, editing. */

import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import {
  ALL_ROWS,
  added,
  type Cohort,
  changed,
  MOST_COMPARED,
  problemOf,
  removed,
  rowsOf,
} from '../state/cohorts.ts';
import { described } from '../state/filters.ts';
import { useStore } from '../state/store.ts';
import { Badge, Button, Note, Switch } from '../ui/index.ts';
import { LookMark } from './LookMark.tsx';
import { SizeWarning } from './SizeWarning.tsx';
import { strings } from './strings.ts';

export function List({ onEdit }: { onEdit: (id: number | null) => void }): JSX.Element {
  const store = useStore();
  const undo = useSignal<{ readonly name: string; readonly before: readonly Cohort[] } | null>(
    null,
  );
  const cohorts = store.cohorts.value;
  const groups = store.compared.value;
  const shown = cohorts.filter((cohort) => cohort.shown).length + Number(store.withAll.value);
  const full = shown >= MOST_COMPARED;
  const all = store.page.rows.count;
  return (
    <div class="stack tight">
      <p class="small muted">
        {strings.intro(MOST_COMPARED)}
        {all < store.page.rows.total ? ` ${strings.sampleNote}` : null}
      </p>
      <ul class="cohort-list">
        <li>
          <Compare
            name={ALL_ROWS}
            checked={groups.some((group) => group.cohort === null)}
            disabled={full && !store.withAll.value}
            onChange={(checked) => {
              store.withAll.value = checked;
            }}
          />
          <LookMark look={groups.find((group) => group.cohort === null)?.colour ?? null} />
          <div class="cohort-text">
            <strong>{ALL_ROWS}</strong> <span class="muted">{strings.rows(all, 1)}</span>
          </div>
        </li>
        {cohorts.map((cohort) => (
          <Item
            key={cohort.id}
            cohort={cohort}
            full={full}
            onEdit={() => onEdit(cohort.id)}
            onRemove={() => {
              undo.value = { name: cohort.name, before: cohorts };
              store.cohorts.value = removed(cohorts, cohort.id);
            }}
          />
        ))}
      </ul>
      {cohorts.length === 0 ? <p class="small">{strings.none}</p> : null}
      {full ? <p class="small muted">{strings.full(MOST_COMPARED)}</p> : null}
      <div class="row" role="status">
        {undo.value === null ? null : (
          <>
            <span class="small">{strings.removed(undo.value.name)}</span>
            <Button
              small
              kind="quiet"
              onClick={() => {
                if (undo.value !== null) store.cohorts.value = undo.value.before;
                undo.value = null;
              }}
            >
              {strings.undo}
            </Button>
          </>
        )}
      </div>
      <div>
        <Button kind="primary" onClick={() => onEdit(null)}>
          {strings.create}
        </Button>
      </div>
    </div>
  );
}

interface ItemProps {
  readonly cohort: Cohort;
  readonly full: boolean;
  readonly onEdit: () => void;
  readonly onRemove: () => void;
}

function Item({ cohort, full, onEdit, onRemove }: ItemProps): JSX.Element {
  const store = useStore();
  const { page, cohorts } = store;
  const rows = rowsOf(page, cohort).length;
  const problem = problemOf(page, cohort);
  const { id, name, filter, shown } = cohort;
  const group = store.compared.value.find((one) => one.cohort?.id === id);
  return (
    <li>
      <Compare
        name={name}
        checked={shown}
        disabled={(full && !shown) || (problem !== null && !shown)}
        onChange={(checked) => {
          cohorts.value = changed(cohorts.value, id, { shown: checked });
        }}
      />
      <LookMark look={group?.colour ?? null} />
      <div class="cohort-text">
        <strong class="wrap">{name}</strong>{' '}
        <span class="muted nowrap">{strings.rows(rows, rows / page.rows.count)}</span>{' '}
        {problem === null ? (
          <SizeWarning rows={rows} />
        ) : (
          <Badge kind="warning">{strings.empty}</Badge>
        )}
        <p class="small muted wrap">{described(page, filter)}</p>
        {problem === null ? null : <Note kind="warning">{strings.unusable(problem)}</Note>}
      </div>
      <div class="row cohort-actions">
        <Button small label={strings.changeOne(name)} onClick={onEdit}>
          {strings.change}
        </Button>
        <Button
          small
          label={strings.cloneOne(name)}
          onClick={() => {
            cohorts.value = added(cohorts.value, name, filter);
          }}
        >
          {strings.clone}
        </Button>
        <Button small kind="danger" label={strings.removeOne(name)} onClick={onRemove}>
          {strings.remove}
        </Button>
      </div>
    </li>
  );
}

interface CompareProps {
  readonly name: string;
  readonly checked: boolean;
  readonly disabled: boolean;
  readonly onChange: (checked: boolean) => void;
}

function Compare({ name, ...rest }: CompareProps): JSX.Element {
  return <Switch hideLabel label={strings.compare(name)} {...rest} />;
}
