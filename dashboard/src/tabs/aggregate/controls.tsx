/** Controls of the tab: kind of chart, how many features, which, in which order. */

import type { JSX } from 'preact';
import { useStore } from '../../state/store.ts';
import { Search, Segmented, Select, Slider } from '../../ui/index.ts';
import type { Group, PerRow, SortBy } from './logic.ts';
import { isSigned, type Kind, stateOf } from './state.ts';
import { strings } from './strings.ts';

const MOST = 60;
const KINDS: readonly Kind[] = ['bar', 'box', 'violin', 'beeswarm'];

interface ControlsProps {
  readonly found: number;
  readonly values: PerRow | null;
  readonly groups: readonly Group[];
}

export function Controls({ found, values, groups }: ControlsProps): JSX.Element {
  const store = useStore();
  const choices = stateOf(store);
  const all = store.view.value.spec.features.length;
  return (
    <div class="row end controls">
      {values === null ? null : (
        <Segmented
          label={strings.kind}
          value={choices.kind.value}
          options={KINDS.map((value) => ({ value, label: strings.kinds[value] }))}
          onChange={(value) => {
            choices.kind.value = value;
          }}
        />
      )}
      {values === null ? null : <Direction values={values} />}
      <Sorting groups={groups} />
      {all > 1 ? (
        <Slider
          label={strings.top}
          value={Math.min(choices.top.value, all)}
          min={1}
          max={Math.min(MOST, all)}
          onChange={(value) => {
            choices.top.value = value;
          }}
        />
      ) : null}
      {all > 10 ? (
        <Search
          label={strings.search}
          value={choices.search.value}
          placeholder={strings.searchHint}
          onChange={(value) => {
            choices.search.value = value;
          }}
          {...(choices.search.value === '' ? {} : { found: strings.found(found, all) })}
        />
      ) : null}
    </div>
  );
}

function Direction({ values }: { values: PerRow }): JSX.Element {
  const choices = stateOf(useStore());
  return (
    <div>
      <Segmented
        label={strings.direction}
        value={isSigned(choices) && values.signed ? 1 : 0}
        options={[
          { value: 0, label: strings.absolute },
          { value: 1, label: strings.signed, disabled: !values.signed },
        ]}
        onChange={(value) => {
          choices.signed.value = value === 1;
        }}
      />
      {values.signed ? null : <p class="small muted why-not">{strings.noSign}</p>}
    </div>
  );
}

function Sorting({ groups }: { groups: readonly Group[] }): JSX.Element {
  const choices = stateOf(useStore());
  const options: { value: string; label: string }[] = groups.map((group, i) => ({
    value: String(i),
    label: strings.sortGroup(group.name),
  }));
  if (groups.length > 1) options.push({ value: 'difference', label: strings.sortDifference });
  options.push({ value: 'name', label: strings.sortName });
  const now = String(choices.sortBy.value);
  return (
    <Select
      label={strings.sortBy}
      value={options.some((option) => option.value === now) ? now : '0'}
      options={options}
      onChange={(value) => {
        const group = Number(value);
        choices.sortBy.value = Number.isNaN(group) ? (value as SortBy) : group;
      }}
    />
  );
}
