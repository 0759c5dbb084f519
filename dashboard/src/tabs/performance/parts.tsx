/** Small parts of this tab: a card, the choice of one group, what was done last. */

import type { ComponentChildren, JSX } from 'preact';
import type { Series } from '../../charts/types.ts';
import type { Filter } from '../../payload/types.ts';
import { type CohortRows, freeName, keyOf } from '../../state/cohorts.ts';
import { type Store, useStore } from '../../state/store.ts';
import { Select } from '../../ui/index.ts';
import type { Result } from './logic.ts';
import { stateOf } from './state.ts';
import { strings } from './strings.ts';

export function Card({ children }: { children: ComponentChildren }): JSX.Element {
  return <div class="card stack tight">{children}</div>;
}

/** Return the names and looks of groups. */
export function seriesOf(groups: readonly CohortRows[]): readonly Series[] {
  return groups.map(({ name, colour }) => ({ name, colour }));
}

/** The group that is shown where only one can be. */
export function chosen(store: Store, results: readonly Result[]): Result {
  const key = stateOf(store).group.value;
  return results.find(({ group }) => keyOf(group) === key) ?? results[0];
}

interface ChoiceProps {
  readonly groups: readonly CohortRows[];
  readonly hideLabel?: boolean;
}

export function GroupChoice({ groups, hideLabel = false }: ChoiceProps): JSX.Element | null {
  const { group } = stateOf(useStore());
  if (groups.length < 2) return null;
  return (
    <div class="row">
      <Select
        label={strings.pointsOf}
        hideLabel={hideLabel}
        value={keyOf(groups.find((one) => keyOf(one) === group.value) ?? groups[0])}
        options={groups.map((one) => ({ value: keyOf(one), label: one.name }))}
        onChange={(value) => {
          group.value = value;
        }}
      />
    </div>
  );
}

/** Add a cohort unless there is one of the same rows, and say so. */
export function addCohort(store: Store, name: string, filter: Filter): void {
  const { said } = stateOf(store);
  const key = JSON.stringify(filter);
  const same = store.cohorts.value.find((cohort) => JSON.stringify(cohort.filter) === key);
  if (same !== undefined) {
    said.value = strings.there(same.name);
    return;
  }
  const given = freeName(store.cohorts.value, name);
  store.addCohort(name, filter);
  const isShown = store.compared.value.some((group) => group.name === given);
  said.value = isShown ? strings.added(given) : strings.addedHidden(given);
}

/** What was done last. */
export function Said(): JSX.Element {
  const { said } = stateOf(useStore());
  return (
    <p class="small perf-said" role="status">
      {said.value}
    </p>
  );
}
