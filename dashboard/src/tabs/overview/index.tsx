/** The overview: what the model relies on, how good it is, and how far to trust the page. */

import type { ComponentChildren, JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { type TabId, useStore } from '../../state/store.ts';
import { Button, Note } from '../../ui/index.ts';
import { chosenLabel } from '../shared/labels.ts';
import { modeOf, modeText } from '../shared/mode.ts';
import { directionsOf } from './directions.ts';
import { Figures } from './Figures.tsx';
import { differencesOf } from './groups.ts';
import { Importance } from './Importance.tsx';
import { importancesOf, reliesOn } from './importances.ts';
import { lackingOf } from './lacking.ts';
import { qualityOf, trustOf } from './quality.ts';
import { groups, strings } from './strings.ts';

export function Overview(): JSX.Element {
  const { page } = useStore();
  const { caveats, caution } = page.payload;
  return (
    <div class="stack">
      <div class="grid" style={{ '--least': '420px' }}>
        <div class="stack">
          <section class="card">
            <Importance />
          </section>
          {page.rows.count > 0 ? <Figures /> : null}
        </div>
        <section class="card stack">
          <Sentences />
        </section>
      </div>
      <div class="grid" style={{ '--least': '420px' }}>
        <section class="card stack">
          <Trust />
        </section>
        <section class="card stack tight">
          <h3>{strings.caveats}</h3>
          <Note kind="warning">{caution}</Note>
          <List texts={caveats} />
        </section>
      </div>
    </div>
  );
}

function List({ texts }: { texts: readonly string[] }): JSX.Element | null {
  if (texts.length === 0) return null;
  return (
    <ul class="told-list">
      {texts.map((text) => (
        <li key={text} class="wrap">
          {text}
        </li>
      ))}
    </ul>
  );
}

interface SectionProps {
  readonly title: string;
  readonly texts: readonly string[];
  /** A tab that shows more. */
  readonly to?: { readonly tab: TabId; readonly label: string };
  readonly children?: ComponentChildren;
}

function Section({ title, texts, to, children }: SectionProps): JSX.Element {
  const store = useStore();
  return (
    <section class="stack tight">
      <div class="row spread">
        <h3>{title}</h3>
        {to ? (
          <Button
            small
            kind="quiet"
            onClick={() => {
              store.tab.value = to.tab;
            }}
          >
            {to.label}
          </Button>
        ) : null}
      </div>
      <List texts={texts} />
      {children}
    </section>
  );
}

function Sentences(): JSX.Element {
  const store = useStore();
  const { page } = store;
  const view = store.view.value;
  const [output, scale] = [store.output.value, store.scale.value];
  const compared = store.compared.value;
  const relies = useMemo(
    () =>
      reliesOn(
        page.payload,
        view,
        importancesOf(view, output),
        view.spec.outputs.length > 1 ? chosenLabel(store) : null,
      ),
    [view, output],
  );
  const ways = useMemo(() => directionsOf(page, view, output, scale), [view, output, scale]);
  const differences = useMemo(
    () => differencesOf(page, view, output, scale, compared),
    [view, output, scale, compared],
  );
  const hidden = store.cohorts.value.length - compared.filter((one) => one.cohort !== null).length;
  const unseen = hidden > 0 ? [groups.hidden(hidden)] : [];
  const good = useMemo(() => qualityOf(page), [page]);
  const { sections } = strings;
  return (
    <>
      <Section title={sections.relies} texts={relies} />
      <Section
        title={sections.directions}
        texts={ways}
        to={{ tab: 'aggregate', label: strings.toImportance }}
      />
      <Section
        title={sections.quality}
        texts={good}
        to={{ tab: 'performance', label: strings.toPerformance }}
      />
      {page.rows.count > 0 ? (
        <Section title={sections.groups} texts={[...differences, ...unseen]} />
      ) : null}
    </>
  );
}

function Trust(): JSX.Element {
  const store = useStore();
  const { page } = store;
  const view = store.view.value;
  const trust = useMemo(() => trustOf(page, view), [page, view]);
  const lacking = useMemo(() => lackingOf(page, view), [page, view]);
  const { sections } = strings;
  const canTry = modeOf(page.payload) !== 'none';
  return (
    <>
      <Section title={sections.trust} texts={trust} />
      <Section
        title={sections.page}
        texts={[modeText(page.payload)]}
        {...(canTry ? { to: { tab: 'whatif', label: strings.toWhatIf } } : {})}
      />
      {lacking.length > 0 ? <Section title={sections.lacking} texts={lacking} /> : null}
    </>
  );
}
