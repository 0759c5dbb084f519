/** Editors of a row's values, in the columns a user knows. */

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Value } from '../../model/cells.ts';
import { isMissing } from '../../model/cells.ts';
import { Button, NumberField, Search, Select, TimeField } from '../../ui/index.ts';
import { useKeptFocus } from '../shared/focus.ts';
import {
  type Editable,
  isSame,
  marksOf,
  numberOf,
  stepOf,
  textOf,
  typed,
  valueAt,
  warningOf,
} from './logic.ts';
import type { Bench } from './state.ts';
import { strings } from './strings.ts';

/** Editors shown before a reader asks for more: the most important columns come first. */
const FEW = 8;
const MORE = 40;

export function Editors({ bench }: { readonly bench: Bench }): JSX.Element {
  const [wanted, setWanted] = useState('');
  const [most, setMost] = useState(FEW);
  const { changes } = bench.edited.value;
  const all = bench.editables;
  const found = all.filter(({ name }) => name.toLowerCase().includes(wanted.trim().toLowerCase()));
  const isChanged = (editable: Editable) => changes.some((c) => c.input === editable.input);
  // What was changed stays in sight.
  const shown = found.filter((editable, i) => i < most || isChanged(editable));
  const rest = found.length - shown.length;
  return (
    <section class="card stack tight" aria-label={strings.editors}>
      <div class="row spread end">
        <div>
          <h3>{strings.editors}</h3>
          <p class="small muted">{strings.editorsSummary(changes.length, all.length)}</p>
        </div>
        {all.length > FEW ? (
          <Search
            label={strings.search}
            value={wanted}
            onChange={setWanted}
            found={strings.shown(shown.length, all.length)}
          />
        ) : null}
      </div>
      <div class="editors">
        {shown.map((editable) => (
          <Editor key={editable.input} bench={bench} editable={editable} />
        ))}
      </div>
      {rest > 0 ? (
        <Button kind="quiet" onClick={() => setMost(most + MORE)}>
          {strings.more(Math.min(rest, MORE))}
        </Button>
      ) : null}
      <p class="small muted">{strings.quantiles}</p>
    </section>
  );
}

interface EditorProps {
  readonly bench: Bench;
  readonly editable: Editable;
}

function Editor({ bench, editable }: EditorProps): JSX.Element {
  const { before, after } = bench.edited.value;
  const { input, name } = editable;
  const [was, now] = [before.inputs[input][0], after.inputs[input][0]];
  const isEdited = !isSame(was, now);
  const warning = warningOf(editable, now, isEdited);
  const change = (value: Value) => bench.edit(input, value);
  const focus = useKeptFocus();
  return (
    <div
      class={isEdited ? 'editor edited' : 'editor'}
      ref={focus.place}
      onFocusIn={(event) => {
        focus.onFocusIn(event);
        // The curves follow what a reader works on.
        bench.swept.value = input;
      }}
    >
      <span class="editor-name cut" title={name}>
        {name}
      </span>
      <Field editable={editable} value={now} warning={warning} onChange={change} />
      <span class="editor-was small muted">
        {isEdited ? (
          <>
            <span class="cut">{strings.was(textOf(editable, was))}</span>
            <Button small kind="quiet" label={strings.resetOne(name)} onClick={() => change(was)}>
              ↺
            </Button>
          </>
        ) : null}
      </span>
    </div>
  );
}

interface FieldProps {
  readonly editable: Editable;
  readonly value: Value;
  readonly warning: string | undefined;
  readonly onChange: (value: Value) => void;
}

function Field(props: FieldProps): JSX.Element {
  const { editable, value, warning, onChange } = props;
  if (editable.kind === 'labels') return <LabelField {...props} />;
  const x = Number(isMissing(value) ? Number.NaN : value);
  return (
    <span class="editor-field">
      {editable.kind === 'time' ? (
        <TimeField
          label={editable.name}
          hideLabel
          value={x}
          missing
          onChange={onChange}
          {...(warning === undefined ? {} : { warning })}
        />
      ) : (
        <NumberField
          label={editable.name}
          hideLabel
          value={typed(x)}
          step={editable.whole ? 1 : 'any'}
          missing
          onChange={(next) => onChange(valueAt(editable, next))}
          {...(warning === undefined ? {} : { warning })}
        />
      )}
      <Range {...props} x={x} />
    </span>
  );
}

function LabelField({ editable, value, warning, onChange }: FieldProps): JSX.Element {
  const { column, labels, name } = editable;
  const { counts } = editable.observed();
  const code = numberOf(editable, value);
  return (
    <span class="editor-field">
      <Select
        label={name}
        hideLabel
        value={Number.isNaN(code) ? -1 : code}
        options={[
          ...labels.map((_, i) => ({
            value: i,
            label: counts[i] === 0 ? strings.unseenLabel(column.values[i]) : column.values[i],
          })),
          { value: -1, label: strings.missing },
        ]}
        onChange={(next) => onChange(valueAt(editable, next < 0 ? Number.NaN : next))}
      />
      {warning === undefined ? null : <span class="warned">{warning}</span>}
    </span>
  );
}

/** A slider over what is observed, with marks at its quantiles. */
function Range({ editable, x, onChange }: FieldProps & { readonly x: number }): JSX.Element | null {
  const { minimum, maximum } = editable.observed();
  if (!(maximum > minimum)) return null;
  const marks = marksOf(editable);
  const isKnown = Number.isFinite(x);
  const low = isKnown ? Math.min(minimum, x) : minimum;
  const high = isKnown ? Math.max(maximum, x) : maximum;
  return (
    <span class={isKnown ? 'range' : 'range unknown'}>
      <input
        type="range"
        aria-label={strings.slider(editable.name)}
        aria-valuetext={textOf(editable, x)}
        min={low}
        max={high}
        // Steps count from the lowest value, so that the ends can be reached.
        step={editable.whole ? stepOf(editable) : 'any'}
        value={isKnown ? x : marks[2]}
        onKeyDown={(event) => {
          const way = keyWay(event.key);
          if (way === 0 || editable.whole) return;
          event.preventDefault();
          const from = isKnown ? x : marks[2];
          const next = from + way * stepOf(editable);
          onChange(Math.min(high, Math.max(low, tidy(next, stepOf(editable)))));
        }}
        onInput={(event) => {
          const next = Number(event.currentTarget.value);
          const step = stepOf(editable);
          const isEnd = next === low || next === high;
          onChange(valueAt(editable, isEnd ? next : tidy(next, step)));
        }}
      />
      <span class="range-marks" aria-hidden="true">
        {marks.map((mark, i) => (
          <span
            key={i}
            class={i === 2 ? 'middle' : undefined}
            style={{ left: `${((mark - low) / (high - low)) * 100}%` }}
          />
        ))}
      </span>
    </span>
  );
}

function keyWay(key: string): number {
  if (key === 'ArrowRight' || key === 'ArrowUp') return 1;
  return key === 'ArrowLeft' || key === 'ArrowDown' ? -1 : 0;
}

/** A multiple of the step, without the digits that floating point leaves behind. */
function tidy(value: number, step: number): number {
  const times = Math.round(value / step);
  return step < 1 ? times / Math.round(1 / step) : times * step;
}
