/** A field of a number: what is typed stays as it is typed, and no digit of a value is lost. */

import type { JSX } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';
import { brief, precise } from '../text/numbers.ts';
import { Field } from './fields.tsx';
import { strings } from './strings.ts';
import type { NumberFieldProps } from './types.ts';

/**
 * The text is kept as it is typed, so that "1." and "-" are not taken away; a number that came
 * from elsewhere is shown with as many digits as there is room for.
 */
export function NumberField(props: NumberFieldProps): JSX.Element {
  const id = useId();
  const [text, setText] = useState(brief(props.value));
  const settle = () => {
    if (!Object.is(numberOf(text), props.value)) setText(brief(props.value));
  };
  useEffect(settle, [props.value]);
  const change = (next: string) => {
    setText(next);
    const value = numberOf(next);
    if (Number.isFinite(value) || (next.trim() === '' && props.missing)) props.onChange(value);
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
        class="control number-field"
        type="number"
        inputMode="decimal"
        value={text}
        title={precise(props.value)}
        min={props.min}
        max={props.max}
        step={props.step ?? 'any'}
        disabled={props.disabled ?? false}
        placeholder={props.missing ? strings.missing : undefined}
        aria-invalid={props.warning !== undefined}
        aria-describedby={props.warning === undefined ? undefined : `${id}-warning`}
        onInput={(event) => change(event.currentTarget.value)}
        onBlur={settle}
      />
    </Field>
  );
}

function numberOf(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}
