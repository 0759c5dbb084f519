/** What stands on the axes, which chart, and whose rows. */

import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { type CohortRows, keyOf } from '../../state/cohorts.ts';
import { Button, Search, Select } from '../../ui/index.ts';
import type { Option } from '../../ui/types.ts';
import type { ChartKind } from './kinds.ts';
import type { Plan } from './plan.ts';
import type { Choice, Key } from './readings.ts';
import type { State } from './state.ts';
import { strings } from './strings.ts';

/** More entries than these are searched, not scrolled through. */
const MOST_LISTED = 60;

export interface ControlsProps {
  readonly state: State;
  readonly plan: Plan;
  readonly choices: readonly Choice[];
  readonly groups: readonly CohortRows[];
}

/** Return the entries to list: those found, at most so many per group, and those chosen. */
export function listedOf(
  choices: readonly Choice[],
  find: string,
  chosen: readonly Key[],
): readonly Choice[] {
  const wanted = find.trim().toLowerCase();
  const counts = new Map<string, number>();
  return choices.filter((choice) => {
    if (chosen.includes(choice.key)) return true;
    if (isFeature(choice) && !choice.label.toLowerCase().includes(wanted)) return false;
    const before = counts.get(choice.group) ?? 0;
    counts.set(choice.group, before + 1);
    return before < MOST_LISTED;
  });
}

function isFeature(choice: Choice): boolean {
  return choice.key.startsWith('feature:') || choice.key.startsWith('attribution:');
}

export function Controls({ state, plan, choices, groups }: ControlsProps): JSX.Element {
  const { x, y, colour } = plan;
  const chosen = [x.key, y?.key ?? '', colour?.key ?? ''];
  const find = state.find.value;
  const options = useMemo(
    (): readonly Option<Key>[] =>
      listedOf(choices, find, chosen).map(({ key, label, group }) => ({
        value: key,
        label,
        group,
      })),
    [choices, find, ...chosen],
  );
  const features = choices.filter((choice) => choice.key.startsWith('feature:'));
  const found = features.filter((one) =>
    one.label.toLowerCase().includes(find.trim().toLowerCase()),
  );
  return (
    <section class="controls stack tight" aria-label={strings.controls}>
      {features.length > MOST_LISTED ? (
        <Search
          label={strings.find}
          value={find}
          onChange={(text) => {
            state.find.value = text;
          }}
          found={strings.found(found.length, features.length)}
        />
      ) : null}
      <div class="grid" style={{ '--least': '170px', gap: 'var(--s2) var(--s3)' }}>
        <Select
          label={strings.x}
          value={x.key}
          options={options}
          onChange={(key) => {
            state.x.value = key;
          }}
        />
        <Select
          label={strings.y}
          value={y?.key ?? ''}
          options={[{ value: '', label: strings.nothing }, ...options]}
          onChange={(key) => {
            state.y.value = key;
          }}
        />
        <Select
          label={strings.colour}
          value={colour?.key ?? ''}
          options={[{ value: '', label: strings.noColour }, ...options]}
          onChange={(key) => {
            state.colour.value = key;
          }}
        />
      </div>
      <div class="row end">
        <KindChoice state={state} plan={plan} />
        {groups.length > 1 ? <GroupChoice state={state} groups={groups} /> : null}
        <Button
          disabled={y === null}
          onClick={() => {
            state.x.value = y?.key ?? x.key;
            state.y.value = x.key;
          }}
        >
          {strings.swap}
        </Button>
      </div>
    </section>
  );
}

function KindChoice({ state, plan }: { state: State; plan: Plan }): JSX.Element | null {
  const { kinds } = plan;
  if (kinds.length < 2) return null;
  const options: Option<ChartKind | 'auto'>[] = [
    { value: 'auto', label: strings.auto(strings.kinds[kinds[0]]) },
    ...kinds.map((value) => ({ value, label: strings.kinds[value] })),
  ];
  const now = state.kind.value;
  return (
    <Select
      label={strings.chart}
      value={now !== 'auto' && kinds.includes(now) ? now : 'auto'}
      options={options}
      onChange={(kind) => {
        state.kind.value = kind;
      }}
    />
  );
}

function GroupChoice(props: {
  readonly state: State;
  readonly groups: readonly CohortRows[];
}): JSX.Element {
  const { state, groups } = props;
  return (
    <Select
      label={strings.rows}
      value={groups.some((group) => keyOf(group) === state.group.value) ? state.group.value : -1}
      options={[
        { value: -1, label: strings.sideBySide },
        ...groups.map((group) => ({ value: keyOf(group), label: group.name })),
      ]}
      onChange={(group) => {
        state.group.value = group;
      }}
    />
  );
}
