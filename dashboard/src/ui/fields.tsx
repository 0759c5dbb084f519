/** Controls that hold a value: select, segmented, slider, time, text, switch, search. */

import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';
import { precise } from '../text/numbers.ts';
import { dateText, timeOf } from './dates.ts';
import type {
  Option,
  SearchProps,
  SegmentedProps,
  SelectProps,
  SliderProps,
  SwitchProps,
  TextFieldProps,
  TimeFieldProps,
} from './types.ts';

interface FrameProps {
  readonly id: string;
  readonly label: string;
  readonly hideLabel?: boolean | undefined;
  readonly help?: string | undefined;
  readonly warning?: string | undefined;
  readonly children: ComponentChildren;
}

export function Field({ id, label, hideLabel, help, warning, children }: FrameProps): JSX.Element {
  return (
    <div class="field">
      <label class={hideLabel ? 'sr-only' : 'label'} for={id} title={help}>
        {label}
      </label>
      {children}
      {warning ? (
        <span class="warned" id={`${id}-warning`}>
          {warning}
        </span>
      ) : null}
    </div>
  );
}

function groupsOf<T extends string | number>(
  options: readonly Option<T>[],
): readonly { readonly name: string | undefined; readonly options: readonly Option<T>[] }[] {
  const groups: { name: string | undefined; options: Option<T>[] }[] = [];
  for (const option of options) {
    const last = groups.at(-1);
    if (last !== undefined && last.name === option.group) last.options.push(option);
    else groups.push({ name: option.group, options: [option] });
  }
  return groups;
}

export function Select<T extends string | number>(props: SelectProps<T>): JSX.Element {
  const id = useId();
  const { options, value } = props;
  const option = (one: Option<T>) => (
    <option key={one.value} value={String(options.indexOf(one))} disabled={one.disabled ?? false}>
      {one.label}
    </option>
  );
  return (
    <Field id={id} label={props.label} hideLabel={props.hideLabel} help={props.help}>
      <select
        id={id}
        class="control"
        disabled={props.disabled ?? false}
        value={String(options.findIndex((one) => one.value === value))}
        onChange={(event) => {
          const picked = options[Number(event.currentTarget.value)];
          if (picked !== undefined) props.onChange(picked.value);
        }}
      >
        {groupsOf(options).map((group) =>
          group.name === undefined ? (
            group.options.map(option)
          ) : (
            <optgroup key={group.name} label={group.name}>
              {group.options.map(option)}
            </optgroup>
          ),
        )}
      </select>
    </Field>
  );
}

export function Segmented<T extends string | number>(props: SegmentedProps<T>): JSX.Element {
  const id = useId();
  return (
    <div class="field" role="radiogroup" aria-labelledby={id}>
      <span id={id} class={props.hideLabel ? 'sr-only' : 'label'} title={props.help}>
        {props.label}
      </span>
      <div class="segmented">
        {props.options.map((option) => (
          <label key={option.value}>
            <input
              type="radio"
              name={id}
              checked={option.value === props.value}
              disabled={(props.disabled ?? false) || (option.disabled ?? false)}
              onChange={() => props.onChange(option.value)}
            />
            {option.label}
          </label>
        ))}
      </div>
    </div>
  );
}

export function Slider(props: SliderProps): JSX.Element {
  const id = useId();
  const text = props.text ? props.text(props.value) : precise(props.value);
  return (
    <Field id={id} label={props.label} hideLabel={props.hideLabel} help={props.help}>
      <span class="slider">
        <input
          id={id}
          type="range"
          min={props.min}
          max={props.max}
          step={props.step ?? 1}
          value={props.value}
          disabled={props.disabled ?? false}
          aria-valuetext={text}
          onInput={(event) => props.onChange(Number(event.currentTarget.value))}
        />
        <output for={id}>{text}</output>
      </span>
    </Field>
  );
}

export function TimeField(props: TimeFieldProps): JSX.Element {
  const id = useId();
  const change = (text: string) => {
    const time = timeOf(text);
    if (Number.isFinite(time) || (text === '' && props.missing)) props.onChange(time);
  };
  return (
    <Field
      id={id}
      label={props.label}
      hideLabel={props.hideLabel}
      help={props.help}
      warning={props.warning}
    >
      <input
        id={id}
        class="control"
        type="datetime-local"
        step="any"
        value={dateText(props.value)}
        aria-invalid={props.warning !== undefined}
        aria-describedby={props.warning === undefined ? undefined : `${id}-warning`}
        onInput={(event) => change(event.currentTarget.value)}
      />
    </Field>
  );
}

export function TextField(props: TextFieldProps): JSX.Element {
  const id = useId();
  const common = {
    id,
    class: 'control',
    value: props.value,
    placeholder: props.placeholder,
    disabled: props.disabled ?? false,
    spellcheck: false,
    'aria-invalid': props.warning !== undefined,
    'aria-describedby': props.warning === undefined ? undefined : `${id}-warning`,
  };
  return (
    <Field
      id={id}
      label={props.label}
      hideLabel={props.hideLabel}
      help={props.help}
      warning={props.warning}
    >
      {props.rows === undefined ? (
        <input
          {...common}
          type="text"
          list={props.suggestions ? `${id}-list` : undefined}
          onInput={(event) => props.onChange(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') props.onEnter?.();
          }}
        />
      ) : (
        <textarea
          {...common}
          class={props.prose ? 'control prose' : 'control'}
          dir={props.prose ? 'auto' : undefined}
          rows={props.rows}
          onInput={(event) => props.onChange(event.currentTarget.value)}
        />
      )}
      {props.suggestions ? (
        <datalist id={`${id}-list`}>
          {props.suggestions.map((text) => (
            <option key={text} value={text} />
          ))}
        </datalist>
      ) : null}
    </Field>
  );
}

export function Switch(props: SwitchProps): JSX.Element {
  return (
    <label class="switch" title={props.help}>
      <input
        type="checkbox"
        role="switch"
        aria-checked={props.checked}
        checked={props.checked}
        disabled={props.disabled ?? false}
        onChange={(event) => props.onChange(event.currentTarget.checked)}
      />
      <span class={props.hideLabel ? 'sr-only' : undefined}>{props.label}</span>
    </label>
  );
}

export function Search(props: SearchProps): JSX.Element {
  const id = useId();
  return (
    <Field id={id} label={props.label}>
      <span class="row search">
        <input
          id={id}
          class="control"
          type="search"
          value={props.value}
          placeholder={props.placeholder}
          onInput={(event) => props.onChange(event.currentTarget.value)}
        />
        {props.found === undefined ? null : (
          <span class="small muted" role="status">
            {props.found}
          </span>
        )}
      </span>
    </Field>
  );
}
