/** The ribbon of groups that are compared, and the panel behind it. */

import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { type CohortRows, changed } from '../state/cohorts.ts';
import { useStore } from '../state/store.ts';
import { Button } from '../ui/index.ts';
import { LookMark } from './LookMark.tsx';
import { Panel, type Place } from './Panel.tsx';
import { SizeWarning } from './SizeWarning.tsx';
import { strings } from './strings.ts';

export function CohortPanel(): JSX.Element {
  const store = useStore();
  const place = useSignal<Place | null>(null);
  const groups = store.compared.value;
  const cohorts = store.cohorts.value.length;
  const hidden = cohorts - groups.filter((group) => group.cohort !== null).length;
  return (
    <section class="cohorts" aria-label={strings.title}>
      <ul class="cohort-chips" aria-label={strings.compared}>
        {groups.map((group) => (
          <Chip key={group.cohort?.id ?? 'all'} group={group} removable={groups.length > 1} />
        ))}
      </ul>
      {hidden > 0 ? <span class="small muted">{strings.hidden(hidden)}</span> : null}
      <div class="row cohort-tools no-print">
        <Button
          small
          onClick={() => {
            place.value = { part: 'editor', id: null };
          }}
        >
          {strings.create}
        </Button>
        <Button
          small
          kind="quiet"
          onClick={() => {
            place.value = { part: 'list' };
          }}
        >
          {cohorts === 0 ? strings.edit : strings.editMany(cohorts)}
        </Button>
      </div>
      <Panel place={place} />
    </section>
  );
}

function Chip({ group, removable }: { group: CohortRows; removable: boolean }): JSX.Element {
  const store = useStore();
  const { count, total } = store.page.rows;
  const { cohort, name, rows } = group;
  const hide = (): void => {
    if (cohort === null) store.withAll.value = false;
    else store.cohorts.value = changed(store.cohorts.value, cohort.id, { shown: false });
  };
  return (
    <li class="cohort-chip">
      <LookMark look={group.colour} />
      <span class="cut" title={name}>
        {name}
      </span>
      <span class="muted nowrap">
        {cohort === null && count < total
          ? strings.sample(count, total)
          : strings.rows(rows.length, rows.length / count)}
      </span>
      <SizeWarning rows={rows.length} />
      {removable ? (
        <button
          type="button"
          class="chip-hide no-print"
          aria-label={strings.hide(name)}
          onClick={hide}
        >
          <svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
            <path d="M1 1 9 9M9 1 1 9" stroke="currentColor" stroke-width="1.6" />
          </svg>
        </button>
      ) : null}
    </li>
  );
}
