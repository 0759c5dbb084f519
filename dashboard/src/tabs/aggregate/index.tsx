/** Aggregate importance: which features matter, for whom, and how it depends on their values. */

import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { ChartFrame, Legend } from '../../charts/index.ts';
import { useStore } from '../../state/store.ts';
import { Note } from '../../ui/index.ts';
import { Besides } from './besides.tsx';
import { Controls } from './controls.tsx';
import { Dependence } from './dependence.tsx';
import { Drawing } from './drawing.tsx';
import { type Asked, groupsOf, orderOf, perRow, restOf } from './logic.ts';
import { noteOf, summaryOf, tableOf } from './sentences.ts';
import { isSigned, stateOf } from './state.ts';
import { strings } from './strings.ts';

export function Aggregate(): JSX.Element {
  const store = useStore();
  const choices = stateOf(store);
  const view = store.view.value;
  const output = store.output.value;
  const scale = store.scale.value;
  const compared = store.compared.value;
  const values = useMemo(() => perRow(view, output, scale), [view, output, scale]);
  const kind = values === null ? 'bar' : choices.kind.value;
  const signed = isSigned(choices) && (values?.signed ?? false);
  // Order and sentences of boxes and dots go by size, whatever is drawn.
  const means: Asked = useMemo(
    () => ({ view, output, scale, signed: signed && kind === 'bar' }),
    [view, output, scale, signed, kind],
  );
  const asked: Asked = useMemo(
    () => ({ view, output, scale, signed }),
    [view, output, scale, signed],
  );
  // Without values of single rows there is nothing to compare.
  const shownGroups = values === null ? compared.slice(0, 1) : compared;
  const groups = useMemo(
    () =>
      values === null
        ? groupsOf(
            means,
            null,
            shownGroups.map((group) => ({ ...group, cohort: null })),
          )
        : groupsOf(means, values, shownGroups),
    [means, values, compared],
  );
  const found = useMemo(
    () => orderOf(view.spec.features, groups, choices.sortBy.value, choices.search.value),
    [view, groups, choices.sortBy.value, choices.search.value],
  );
  const shown = useMemo(() => found.slice(0, choices.top.value), [found, choices.top.value]);
  const rest = choices.search.value === '' ? restOf(view, groups, shown) : null;
  const drawn = { asked, values, groups, compared: shownGroups, shown, rest, kind };
  return (
    <div class="stack">
      <section class="card stack">
        <Controls found={found.length} values={values} groups={groups} />
        <ChartFrame
          title={strings.title}
          level={2}
          summary={summaryOf(drawn)}
          table={() => tableOf(drawn)}
          legend={groups.length > 1 && kind !== 'beeswarm' ? <Legend series={groups} /> : undefined}
          note={noteOf(store.page, drawn)}
        >
          {shown.length === 0 ? (
            <Note kind="empty">{strings.noneFound}</Note>
          ) : (
            <Drawing drawn={drawn} />
          )}
        </ChartFrame>
        {values === null ? <Note>{strings.noLocal}</Note> : null}
      </section>
      {values !== null && store.feature.value !== null ? (
        <Dependence feature={store.feature.value} values={values} />
      ) : null}
      <Besides />
    </div>
  );
}
