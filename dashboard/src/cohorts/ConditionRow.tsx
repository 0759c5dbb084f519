/** One condition: what it is about, how it relates, and to what. */

import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Condition } from '../payload/types.ts';
import { quantityOf } from '../state/quantities.ts';
import { useStore } from '../state/store.ts';
import { Button, Note, Select, TextField } from '../ui/index.ts';
import { related } from './draft.ts';
import { strings } from './strings.ts';
import {
  chosenOf,
  type Nature,
  natureOf,
  outputsFor,
  placeOf,
  type Spread,
  type Subject,
  spreadOf,
  startOf,
  subjectsOf,
} from './subjects.ts';
import { IdValues, LabelValues, RangeValues } from './values.tsx';

interface Props {
  readonly condition: Condition;
  readonly onChange: (condition: Condition) => void;
  readonly onRemove: () => void;
}

const NUMBERS: readonly Condition['is'][] = ['between', '<', '<=', '>', '>=', 'missing', 'present'];
const RELATIONS: Readonly<Record<Nature, readonly Condition['is'][]>> = {
  number: [...NUMBERS, 'in', 'not in'],
  time: NUMBERS,
  label: ['in', 'not in', 'missing', 'present'],
  id: ['in', 'not in'],
};

export function ConditionRow({ condition, onChange, onRemove }: Props): JSX.Element {
  const { page } = useStore();
  const quantity = quantityOf(page, condition.of);
  const nature = natureOf(page, condition.of);
  const spread = useMemo(
    () => (quantity === null ? null : spreadOf(quantity, page.rows.count)),
    [page, JSON.stringify(condition.of)],
  );
  const known = RELATIONS[nature];
  const relations = known.includes(condition.is) ? known : [...known, condition.is];
  return (
    <div class="condition">
      <div class="condition-head row end">
        <SubjectChoice condition={condition} onChange={onChange} />
        <Select
          label={strings.relation}
          value={condition.is}
          options={relations.map((is) => ({ value: is, label: strings.relations[is] }))}
          onChange={(is) => onChange(related(condition, is, rangeOf(spread)))}
        />
        <span class="condition-remove">
          <Button small label={strings.removeCondition} onClick={onRemove}>
            {'\u00d7'}
          </Button>
        </span>
      </div>
      {placeOf(condition.of).kind === 'attribution' && quantity !== null ? (
        <p class="small muted wrap">{quantity.name}</p>
      ) : null}
      {quantity === null || spread === null ? (
        <Note kind="warning">{strings.unknownMember}</Note>
      ) : (
        <Values
          nature={nature}
          quantity={quantity}
          spread={spread}
          condition={condition}
          onChange={onChange}
        />
      )}
    </div>
  );
}

function rangeOf(spread: Spread | null): readonly [number, number] {
  if (spread === null || Number.isNaN(spread.low)) return [0, 0];
  return [spread.low, spread.high];
}

type ValuesProps = Parameters<typeof LabelValues>[0] & { readonly nature: Nature };

function Values({ nature, ...props }: ValuesProps): JSX.Element | null {
  const { is } = props.condition;
  if (is === 'missing' || is === 'present') return null;
  if (nature === 'label') return <LabelValues {...props} />;
  if (is === 'in' || is === 'not in') return <IdValues {...props} />;
  return <RangeValues {...props} isTime={nature === 'time'} />;
}

/** As many members as a list of options holds; more are typed, with suggestions. */
const MOST_OPTIONS = 60;

function SubjectChoice({ condition, onChange }: Omit<Props, 'onRemove'>): JSX.Element {
  const { page, output: looked } = useStore();
  const subjects = useMemo(() => subjectsOf(page), [page]);
  const { kind, member, output } = placeOf(condition.of);
  const subject = subjects.find((one) => one.kind === kind);
  const start = (next: Subject['kind'], name: string, wanted = output): void =>
    onChange(startOf(page, chosenOf(page, next, name, wanted, looked.value)));
  const outputs = kind === 'attribution' ? outputsFor(page, member) : [];
  return (
    <>
      <Select
        label={strings.about}
        value={kind}
        options={optionsOf(subjects, kind)}
        onChange={(next) => {
          const [first = ''] = subjects.find((one) => one.kind === next)?.members ?? [];
          start(next, first);
        }}
      />
      {subject === undefined || subject.members.length === 0 ? null : (
        <Member subject={subject} member={member} onChange={(next) => start(kind, next)} />
      )}
      {outputs.length === 0 ? null : (
        <Select
          label={page.payload.classes === null ? strings.target : strings.cls}
          value={output ?? outputs[outputs.length - 1]}
          options={outputs.map((name) => ({ value: name, label: name }))}
          onChange={(next) => start(kind, member, next)}
        />
      )}
    </>
  );
}

function optionsOf(subjects: readonly Subject[], kind: Subject['kind']) {
  const options = subjects.map((one) => ({ value: one.kind, label: one.label }));
  const isThere = options.some((option) => option.value === kind);
  return isThere ? options : [...options, { value: kind, label: strings.subjects[kind] }];
}

interface MemberProps {
  readonly subject: Subject;
  readonly member: string;
  readonly onChange: (member: string) => void;
}

function Member({ subject, member, onChange }: MemberProps): JSX.Element {
  const { members } = subject;
  const isThere = members.includes(member);
  if (members.length > MOST_OPTIONS) {
    return (
      <TextField
        label={strings.which}
        value={member}
        suggestions={members}
        onChange={onChange}
        {...(isThere ? {} : { warning: strings.unknownMember })}
      />
    );
  }
  const names = isThere ? members : [...members, member];
  return (
    <Select
      label={strings.which}
      value={member}
      options={names.map((name) => ({ value: name, label: name }))}
      onChange={onChange}
    />
  );
}
