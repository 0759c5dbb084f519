/** Makes a cohort, or changes one: its name, and conditions joined by AND or OR. */

import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Page } from '../payload/page.ts';
import type { Filter } from '../payload/types.ts';
import { type Cohort, changed } from '../state/cohorts.ts';
import { described, matching, UnusableFilter } from '../state/filters.ts';
import { useStore } from '../state/store.ts';
import { Button, Note, Segmented, TextField } from '../ui/index.ts';
import { ConditionRow } from './ConditionRow.tsx';
import {
  type Draft,
  draftOf,
  filterOf,
  type Join,
  type Keyed,
  lacking,
  newKey,
  type Part,
  partOf,
} from './draft.ts';
import { SizeWarning } from './SizeWarning.tsx';
import { strings } from './strings.ts';
import { ofPlace, startOf, subjectsOf } from './subjects.ts';

interface Props {
  /** Null: a new one. */
  readonly cohort: Cohort | null;
  readonly onDone: () => void;
  readonly onCancel: () => void;
}

export function Editor({ cohort, onDone, onCancel }: Props): JSX.Element {
  const store = useStore();
  const { page } = store;
  const [draft, setDraft] = useState(() => firstDraft(page, cohort));
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => place.current?.querySelector('input')?.focus(), []);
  const filter = filterOf(draft);
  const problem = lacking(page, draft);
  const setParts = (parts: readonly Part[]): void => setDraft({ ...draft, parts });
  const save = (): void => {
    const name = draft.name.trim() || described(page, filter);
    if (cohort === null) store.addCohort(name, filter);
    else store.cohorts.value = changed(store.cohorts.value, cohort.id, { name, filter });
    onDone();
  };
  return (
    <div class="stack" ref={place}>
      <TextField
        label={strings.name}
        value={draft.name}
        placeholder={strings.namePlaceholder}
        onChange={(name) => setDraft({ ...draft, name })}
      />
      <JoinChoice join={draft.join} onChange={(join) => setDraft({ ...draft, join })} />
      <div class="stack tight">
        {draft.parts.map((part) => (
          <PartRow
            key={part.key}
            part={part}
            onChange={(next) =>
              setParts(draft.parts.map((one) => (one.key === part.key ? next : one)))
            }
            onRemove={() => setParts(draft.parts.filter((one) => one.key !== part.key))}
          />
        ))}
      </div>
      <div class="row">
        <Button small onClick={() => setParts([...draft.parts, partOf(firstCondition(page))])}>
          {strings.addCondition}
        </Button>
        <Button small onClick={() => setParts([...draft.parts, newGroup(page)])}>
          {strings.addGroup}
        </Button>
      </div>
      <div class="editor-foot row spread">
        <LiveCount filter={filter} problem={problem} />
        <div class="row">
          <Button onClick={onCancel}>{strings.cancel}</Button>
          <Button kind="primary" disabled={problem !== null} onClick={save}>
            {strings.save}
          </Button>
        </div>
      </div>
    </div>
  );
}

function firstDraft(page: Page, cohort: Cohort | null): Draft {
  if (cohort !== null) return draftOf(cohort.name, cohort.filter);
  return { name: '', join: 'all', parts: [partOf(firstCondition(page))] };
}

function firstCondition(page: Page): Keyed['condition'] {
  const [{ kind, members }] = subjectsOf(page);
  return startOf(page, ofPlace(kind, members[0] ?? ''));
}

function newGroup(page: Page): Part {
  const conditions = [{ key: newKey(), condition: firstCondition(page) }];
  return { kind: 'group', key: newKey(), join: 'any', conditions };
}

function JoinChoice(props: { join: Join; onChange: (join: Join) => void }): JSX.Element {
  return (
    <Segmented
      label={strings.join}
      value={props.join}
      options={[
        { value: 'all', label: strings.joins.all },
        { value: 'any', label: strings.joins.any },
      ]}
      onChange={props.onChange}
    />
  );
}

interface PartProps {
  readonly part: Part;
  readonly onChange: (part: Part) => void;
  readonly onRemove: () => void;
}

function PartRow({ part, onChange, onRemove }: PartProps): JSX.Element {
  const { page } = useStore();
  if (part.kind === 'condition') {
    return (
      <ConditionRow
        condition={part.condition}
        onChange={(condition) => onChange({ ...part, condition })}
        onRemove={onRemove}
      />
    );
  }
  if (part.kind === 'fixed') {
    return (
      <div class="condition row spread">
        <p class="small wrap">
          <span class="muted">{strings.fixed}: </span>
          {described(page, part.filter)}
        </p>
        <Button small onClick={onRemove}>
          {strings.removeCondition}
        </Button>
      </div>
    );
  }
  return <Group part={part} onChange={onChange} onRemove={onRemove} />;
}

interface GroupProps extends Omit<PartProps, 'part'> {
  readonly part: Extract<Part, { readonly kind: 'group' }>;
}

function Group({ part, onChange, onRemove }: GroupProps): JSX.Element {
  const { page } = useStore();
  const set = (conditions: readonly Keyed[]): void => onChange({ ...part, conditions });
  return (
    <fieldset class="condition-group stack tight">
      <legend class="small">{strings.group}</legend>
      <JoinChoice join={part.join} onChange={(join) => onChange({ ...part, join })} />
      {part.conditions.map(({ key, condition }) => (
        <ConditionRow
          key={key}
          condition={condition}
          onChange={(next) =>
            set(part.conditions.map((one) => (one.key === key ? { key, condition: next } : one)))
          }
          onRemove={() => set(part.conditions.filter((one) => one.key !== key))}
        />
      ))}
      <div class="row">
        <Button
          small
          onClick={() =>
            set([...part.conditions, { key: newKey(), condition: firstCondition(page) }])
          }
        >
          {strings.addCondition}
        </Button>
        <Button small onClick={onRemove}>
          {strings.removeGroup}
        </Button>
      </div>
    </fieldset>
  );
}

function LiveCount(props: { filter: Filter; problem: string | null }): JSX.Element {
  const { page } = useStore();
  const { filter, problem } = props;
  const text = JSON.stringify(filter);
  const found = useMemo(() => counted(page, filter, problem), [page, text, problem]);
  return (
    <div class="live-count" role="status">
      {typeof found === 'string' ? (
        <Note kind="warning">{found}</Note>
      ) : (
        <>
          <strong>{strings.matches(found, found / Math.max(1, page.rows.count))}</strong>{' '}
          <SizeWarning rows={found} />
          <p class="small muted wrap">{strings.reads(described(page, filter))}</p>
        </>
      )}
    </div>
  );
}

/** Rows that meet a filter, or why that cannot be told. */
function counted(page: Page, filter: Filter, problem: string | null): number | string {
  if (problem !== null) return problem;
  try {
    return matching(page, filter).length;
  } catch (error) {
    if (error instanceof UnusableFilter) return error.message;
    throw error;
  }
}
