/** About this page: how it was made, its columns, its limits, its words, and text to take along. */

import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { TableSpec } from '../../charts/types.ts';
import { useStore } from '../../state/store.ts';
import { DataTable, Note, Search } from '../../ui/index.ts';
import { reading } from '../shared/reading.ts';
import { Export } from './Export.tsx';
import { limitsOf } from './limits.ts';
import { linesOf, schemaOf } from './schema.ts';
import { GLOSSARY, strings } from './strings.ts';

export function About(): JSX.Element {
  const { page, view } = useStore();
  const { payload } = page;
  const shown = view.value;
  return (
    <div class="stack">
      <div class="grid" style={{ '--least': '420px' }}>
        <Facts title={strings.made} facts={madeOf(payload)} />
        <div class="stack">
          <section class="card stack tight">
            <h3>{strings.limits}</h3>
            <List texts={limitsOf(page, shown)} />
          </section>
          <section class="card stack tight">
            <h3>{strings.reading}</h3>
            <Note kind="warning">{payload.caution}</Note>
            <List texts={reading(payload, shown.spec)} />
          </section>
        </div>
      </div>
      <Columns />
      <Export />
      <Glossary />
      <Parameters facts={Object.entries(payload.parameters)} />
      <Facts
        title={strings.versions}
        facts={Object.entries(payload.versions)}
        none={strings.noVersions}
      />
    </div>
  );
}

type Payload = ReturnType<typeof useStore>['page']['payload'];
type Fact = readonly [name: string, text: string];

/** Return how the explanation and the page were made. */
export function madeOf(payload: Payload): Fact[] {
  const { facts } = strings;
  const known = Object.entries(payload.facts);
  const more: (readonly [string, string | null])[] = [
    [facts.uri, payload.modelUri],
    [facts.run, payload.runId],
    [facts.explanation, payload.facts.Explanation === undefined ? payload.explanationId : null],
    [facts.page, payload.madeBy],
    [facts.at, payload.madeAt],
  ];
  const added = more.filter((fact): fact is Fact => fact[1] !== null && fact[1] !== '');
  return [...known, ...added];
}

function Facts(props: {
  readonly title: string;
  readonly facts: readonly Fact[];
  readonly none?: string;
}): JSX.Element {
  const { title, facts, none } = props;
  return (
    <section class="card stack tight">
      <h3>{title}</h3>
      {facts.length === 0 ? (
        <p class="small muted">{none}</p>
      ) : (
        <dl class="facts">
          {facts.map(([name, text], i) => (
            <div key={`${i} ${name}`}>
              <dt class="wrap">{name}</dt>
              <dd class="wrap">{text}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}

function Parameters({ facts }: { facts: readonly Fact[] }): JSX.Element {
  const table = useMemo((): TableSpec => {
    return {
      count: facts.length,
      columns: [
        { title: strings.parameter, value: (line) => facts[line][0] },
        { title: strings.value, value: (line) => facts[line][1] },
      ],
    };
  }, [facts]);
  return (
    <section class="card stack tight">
      <h3>{strings.parameters}</h3>
      {facts.length === 0 ? (
        <p class="small muted">{strings.noParameters}</p>
      ) : (
        <DataTable label={strings.parameters} table={table} />
      )}
    </section>
  );
}

function List({ texts }: { texts: readonly string[] }): JSX.Element {
  return (
    <ul class="told-list small">
      {texts.map((text) => (
        <li key={text} class="wrap">
          {text}
        </li>
      ))}
    </ul>
  );
}

/** Whether a text holds what a reader looks for. */
function has(text: string, wanted: string): boolean {
  return text.toLowerCase().includes(wanted.trim().toLowerCase());
}

const MANY = 20;

function Columns(): JSX.Element {
  const { page, view } = useStore();
  const shown = view.value;
  const [find, setFind] = useState('');
  const all = useMemo(() => linesOf(page, shown), [page, shown]);
  const lines = useMemo(
    () => (find.trim() === '' ? all : all.filter((line) => has(line.column.name, find))),
    [all, find],
  );
  const { count, total } = page.rows;
  const table = useMemo(() => schemaOf(lines, count), [lines, count]);
  return (
    <section class="card stack tight">
      <div class="row spread">
        <div>
          <h3>{strings.columns}</h3>
          <p class="small muted">
            {strings.columnsSummary(
              shown.spec.features.length,
              page.rows.others.length,
              strings.kinds[shown.spec.kind],
            )}
          </p>
        </div>
        {all.length > MANY ? (
          <Search
            label={strings.findColumn}
            value={find}
            onChange={setFind}
            found={strings.found(lines.length, all.length)}
          />
        ) : null}
      </div>
      <DataTable label={strings.columns} table={table} pageSize={MANY} />
      <p class="frame-note">{count === 0 ? strings.noRows : strings.schemaNote(count, total)}</p>
    </section>
  );
}

function Glossary(): JSX.Element {
  const [find, setFind] = useState('');
  const words = GLOSSARY.filter(({ word, means }) => has(`${word} ${means}`, find));
  return (
    <section class="card stack tight">
      <div class="row spread">
        <h3>{strings.glossary}</h3>
        <Search
          label={strings.findWord}
          value={find}
          onChange={setFind}
          found={strings.found(words.length, GLOSSARY.length)}
        />
      </div>
      <dl class="glossary">
        {words.map(({ word, means }) => (
          <div key={word}>
            <dt>{word}</dt>
            <dd>{means}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
