/** What a condition compares with: numbers with their spread, times, labels, ids. */

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Condition } from '../payload/types.ts';
import type { Quantity } from '../state/quantities.ts';
import { count } from '../text/numbers.ts';
import { NumberField, Search, TextField, TimeField } from '../ui/index.ts';
import { idsOf } from './draft.ts';
import { strings } from './strings.ts';
import type { Spread } from './subjects.ts';

interface ValueProps {
  readonly quantity: Quantity;
  readonly spread: Spread;
  readonly condition: Condition;
  readonly onChange: (condition: Condition) => void;
}

type Listed = readonly (number | string | boolean)[];

function listOf({ value }: Condition): Listed {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as Listed) : [value as number];
}

/** The ends a comparison takes of the range; open ones reach beyond it. */
function endsOf(condition: Condition): readonly [number, number] {
  const [first = Number.NaN, last = Number.NaN] = listOf(condition).map(Number);
  switch (condition.is) {
    case 'between':
      return [Math.min(first, last), Math.max(first, last)];
    case '<':
    case '<=':
      return [Number.NEGATIVE_INFINITY, first];
    default:
      return [first, Number.POSITIVE_INFINITY];
  }
}

function within(value: number, condition: Condition, place: number): Condition {
  if (condition.is !== 'between') return { ...condition, value };
  const [low, high] = listOf(condition).map(Number);
  return { ...condition, value: place === 0 ? [value, high] : [low, value] };
}

/** One or two ends, of numbers or of times, over a small picture of what there is. */
export function RangeValues(props: ValueProps & { readonly isTime: boolean }): JSX.Element {
  const { quantity, spread, condition, onChange } = props;
  const values = listOf(condition).map(Number);
  const between = condition.is === 'between';
  const Field = props.isTime ? TimeField : NumberField;
  const field = (place: number, label: string): JSX.Element => (
    <Field
      label={label}
      value={values[place] ?? Number.NaN}
      onChange={(value) => onChange(within(value, condition, place))}
    />
  );
  return (
    <div class="condition-values row end">
      {field(0, between ? strings.from : strings.value)}
      {between ? field(1, strings.to) : null}
      <Picture quantity={quantity} spread={spread} ends={endsOf(condition)} />
    </div>
  );
}

const HEIGHT = 30;

/** A small histogram; what the condition takes is dark. The text says the same range. */
function Picture(props: {
  quantity: Quantity;
  spread: Spread;
  ends: readonly [number, number];
}): JSX.Element {
  const { quantity, spread, ends } = props;
  const { counts, low, high, missing } = spread;
  const most = Math.max(1, ...counts);
  const width = (high - low) / counts.length;
  return (
    <div class="condition-picture">
      <svg viewBox={`0 0 ${counts.length * 5} ${HEIGHT}`} aria-hidden="true">
        {Array.from(counts, (n, i) => {
          const from = low + i * width;
          const isIn = from + width >= ends[0] && from <= ends[1];
          const height = n === 0 ? 0 : Math.max(1.5, (n / most) * HEIGHT);
          return (
            <rect
              key={i}
              x={i * 5}
              y={HEIGHT - height}
              width={4}
              height={height}
              fill={isIn ? 'var(--accent)' : 'var(--line-strong)'}
              fill-opacity={isIn ? 1 : 0.45}
            />
          );
        })}
      </svg>
      <span class="small muted">
        {strings.range(quantity.show(low), quantity.show(high))}
        {missing > 0 ? `; ${strings.missingRows(missing)}` : null}
      </span>
    </div>
  );
}

/** As many labels as are listed at once. */
const MOST_LISTED = 100;
/** From so many on there is a search. */
const SEARCHED = 10;

export function LabelValues({ quantity, spread, condition, onChange }: ValueProps): JSX.Element {
  const [wanted, setWanted] = useState('');
  const chosen = new Set(listOf(condition).map(String));
  const needle = wanted.trim().toLowerCase();
  const found = quantity.values
    .map((label, code) => ({ label, rows: spread.counts[code] ?? 0 }))
    .filter(({ label }) => label.toLowerCase().includes(needle));
  // What is chosen stays in sight; then the frequent ones.
  if (quantity.values.length > SEARCHED) found.sort((a, b) => b.rows - a.rows);
  const shown = found.slice(0, MOST_LISTED);
  const toggle = (label: string): void => {
    const next = new Set(chosen);
    if (!next.delete(label)) next.add(label);
    onChange({ ...condition, value: [...next] });
  };
  return (
    <fieldset class="condition-labels">
      <legend class="sr-only">{strings.values(quantity.name)}</legend>
      {quantity.values.length > SEARCHED ? (
        <Search
          label={strings.search}
          value={wanted}
          onChange={setWanted}
          found={strings.found(found.length, quantity.values.length)}
        />
      ) : null}
      <div class="label-list">
        {shown.map(({ label, rows }) => (
          <label key={label}>
            <input type="checkbox" checked={chosen.has(label)} onChange={() => toggle(label)} />
            <span class="wrap">{label}</span>
            <span class="muted small">{count(rows)}</span>
          </label>
        ))}
      </div>
      {found.length > shown.length ? (
        <p class="small muted">{strings.moreValues(found.length - shown.length)}</p>
      ) : null}
    </fieldset>
  );
}

/** Ids, or single numbers, as a list that is typed. */
export function IdValues({ quantity, condition, onChange }: ValueProps): JSX.Element {
  const [text, setText] = useState(listOf(condition).join(', '));
  return (
    <TextField
      label={strings.ids}
      rows={2}
      value={text}
      onChange={(next) => {
        setText(next);
        onChange({ ...condition, value: idsOf(next, quantity.values.length > 0) });
      }}
    />
  );
}
