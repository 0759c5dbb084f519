/** The data explorer: any two or three quantities of the rows, and the rows themselves. */

import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { type CohortRows, keyOf } from '../../state/cohorts.ts';
import { measured } from '../../state/measure.ts';
import { useStore } from '../../state/store.ts';
import { Note } from '../../ui/index.ts';
import { Controls } from './Controls.tsx';
import { CellsPanel } from './cells.tsx';
import { PickedRows } from './PickedRows.tsx';
import { PointsPanel } from './panels.tsx';
import { PartsPanel } from './parts.tsx';
import { type Pick, pickedOf } from './picking.ts';
import { type Plan, planOf } from './plan.ts';
import { RowTable } from './RowTable.tsx';
import { choicesOf, firstKeys, type Key, type Look, type Reading, readingOf } from './readings.ts';
import { type State, stateOf } from './state.ts';
import { strings } from './strings.ts';

export function Explorer(): JSX.Element {
  const { page } = useStore();
  if (page.rows.count === 0) return <Note kind="empty">{strings.noRows}</Note>;
  return <Rows />;
}

/** What a reader chose, where the page holds it; else what is shown first. */
function chosenOf(look: Look, state: State): Record<'x' | 'y' | 'colour', Reading | null> {
  const first = firstKeys(look);
  const chosen = (key: Key | null, other: Key): Reading | null => {
    if (key === '') return null;
    return (key === null ? null : readingOf(look, key)) ?? readingOf(look, other);
  };
  return {
    x: chosen(state.x.value, first.x) ?? readingOf(look, first.x),
    y: chosen(state.y.value, first.y),
    colour: chosen(state.colour.value, first.colour),
  };
}

function Rows(): JSX.Element {
  const store = useStore();
  const state = stateOf(store);
  const view = store.view.value;
  const [output, scale] = [store.output.value, store.scale.value];
  const look = useMemo<Look>(
    () => ({ page: store.page, view, output, scale }),
    [store, view, output, scale],
  );
  const choices = useMemo(() => choicesOf(look), [look]);
  const { x, y, colour } = chosenOf(look, state);
  const groups = store.compared.value;
  const { count, total } = store.page.rows;
  const kind = state.kind.value;
  const found = groups.find((group) => keyOf(group) === state.group.value);
  const one = groups.length === 1 ? groups[0] : (found ?? null);
  const drawn = useMemo(() => (one === null ? groups : [one]), [one, groups]);
  const plan = useMemo(
    () =>
      x === null
        ? null
        : measured('mlx-explorer', () => planOf({ x, y, colour, kind, groups: drawn })),
    [x, y, colour, kind, drawn],
  );
  if (plan === null || choices.length <= 1) return <Note kind="empty">{strings.noCells}</Note>;
  return (
    <div class="stack">
      <section class="card stack" aria-label={strings.charts}>
        <Controls state={state} plan={plan} choices={choices} groups={groups} />
        <Charts plan={plan} groups={drawn} state={state} />
        <p class="small muted no-print">
          {plan.kind === 'points' ? strings.howPoints : strings.howBars}
          {count < total ? ` ${strings.sampled(count, total)}` : ''}
        </p>
      </section>
      <PickedRows state={state} />
      <RowTable
        state={state}
        look={look}
        choices={choices}
        axes={[plan.x.key, plan.y?.key ?? '', plan.colour?.key ?? '']}
        group={one}
      />
    </div>
  );
}

function Charts(props: {
  readonly plan: Plan;
  readonly groups: readonly CohortRows[];
  readonly state: State;
}): JSX.Element {
  const { page } = useStore();
  const { plan, state } = props;
  const onPick = (pick: Pick): void => {
    state.picked.value = pickedOf(page, pick);
  };
  const Panel =
    plan.kind === 'points' ? PointsPanel : plan.kind === 'bins' ? CellsPanel : PartsPanel;
  return (
    <div class="grid" style={{ '--least': '420px' }}>
      {plan.panels.map((panel) => (
        <Panel key={panel.key} plan={plan} panel={panel} onPick={onPick} />
      ))}
    </div>
  );
}
