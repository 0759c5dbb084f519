/** What stands above all tabs: the model, its rows, and what is shown of it. */

import type { JSX } from 'preact';
import { canRescale } from '../state/attributions.ts';
import { outputNames, useStore } from '../state/store.ts';
import { unitOf } from '../state/units.ts';
import { modeOf, modeText } from '../tabs/shared/mode.ts';
import { Badge, Segmented, Select } from '../ui/index.ts';
import type { Option } from '../ui/types.ts';
import { headlinesOf } from './headlines.ts';
import { Key } from './Key.tsx';
import { headingOf, madeBy, strings } from './strings.ts';

export function Header(): JSX.Element {
  const { page, view } = useStore();
  const { payload } = page;
  const mode = modeOf(payload);
  const heading = headingOf(payload);
  return (
    <header class="top">
      <div class="heading">
        <div class="heading-text">
          <h1>{heading.title}</h1>
          {heading.below === null ? null : <p class="small muted">{heading.below}</p>}
        </div>
        <div class="heading-tools">
          <Key />
          <ThemeChoice />
        </div>
      </div>
      <dl class="ribbon">
        {headlinesOf(page).map((line) => (
          <div key={line.name}>
            <dt>{line.name}</dt>
            <dd class="wrap" title={line.text}>
              {line.text}
            </dd>
          </div>
        ))}
        <div>
          <dt>{strings.explainedBy}</dt>
          <dd>{madeBy(payload, view.value.spec)}</dd>
        </div>
        <div>
          <dt>{strings.whatIf}</dt>
          <dd>
            <Badge kind={mode === 'exact' ? 'good' : 'info'} title={modeText(payload)}>
              {strings.modes[mode]}
            </Badge>
          </dd>
        </div>
      </dl>
      <Choices />
    </header>
  );
}

/** Which class, features and unit are looked at, where there is a choice. */
function Choices(): JSX.Element | null {
  const store = useStore();
  const names = outputNames(store.page);
  const isClassification = store.page.payload.classes !== null;
  const outputs: Option<number>[] = [
    { value: -1, label: isClassification ? strings.allOutputs : strings.allTargets },
    ...names.map((label, value) => ({ value, label })),
  ];
  const view = store.view.value;
  const hasUnits = canRescale(view) && view.local !== null;
  if (names.length < 2 && store.page.views.length < 2 && !hasUnits) return null;
  return (
    <fieldset class="row choices" aria-label={strings.settings}>
      {names.length > 1 ? (
        <Select
          label={isClassification ? strings.output : strings.target}
          value={store.output.value === 'all' ? -1 : store.output.value}
          options={outputs}
          onChange={(value) => {
            store.output.value = value === -1 ? 'all' : value;
          }}
        />
      ) : null}
      {store.page.views.length > 1 ? (
        <Segmented
          label={strings.view}
          hideLabel
          value={store.viewIndex.value}
          options={store.page.views.map((one, value) => ({
            value,
            label: strings[one.spec.kind],
          }))}
          onChange={(value) => {
            store.feature.value = null;
            store.viewIndex.value = value;
          }}
        />
      ) : null}
      {hasUnits ? (
        <Segmented
          label={strings.scale}
          hideLabel
          value={store.scale.value}
          options={[
            { value: 'kept', label: unitOf(view.spec.space) },
            { value: 'probability', label: strings.scaleProbability },
          ]}
          onChange={(value) => {
            store.scale.value = value;
          }}
        />
      ) : null}
    </fieldset>
  );
}

function ThemeChoice(): JSX.Element {
  const { theme } = useStore();
  return (
    <Select
      label={strings.theme}
      hideLabel
      value={theme.value}
      options={(['auto', 'light', 'dark'] as const).map((value) => ({
        value,
        label: strings.themes[value],
      }))}
      onChange={(value) => {
        theme.value = value;
      }}
    />
  );
}
