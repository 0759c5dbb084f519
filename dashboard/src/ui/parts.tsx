/** Buttons, dialogs and small pieces of text. */

import type { JSX } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { strings } from './strings.ts';
import type { BadgeProps, ButtonProps, DialogProps, HelpProps, NoteProps } from './types.ts';

export function Button(props: ButtonProps): JSX.Element {
  const look = [props.kind ?? 'plain', props.small ? 'small' : ''].join(' ');
  return (
    <button
      type="button"
      class={`button ${look}`}
      disabled={props.disabled ?? false}
      aria-label={props.label}
      title={props.label}
      aria-pressed={props.pressed}
      aria-expanded={props.expanded}
      onClick={props.onClick}
    >
      {props.children}
    </button>
  );
}

/** A modal dialog of the browser's own: focus stays inside, Escape closes it. */
export function Dialog(props: DialogProps): JSX.Element {
  const id = useId();
  const ref = useRef<HTMLDialogElement>(null);
  // Before the effects of what is inside, which may put focus where they want it.
  useLayoutEffect(() => {
    const dialog = ref.current;
    if (dialog === null) return;
    if (props.open && !dialog.open) dialog.showModal();
    if (!props.open && dialog.open) dialog.close();
  }, [props.open]);
  return (
    <dialog
      ref={ref}
      class={props.wide ? 'dialog wide' : 'dialog'}
      aria-labelledby={id}
      onClose={props.onClose}
    >
      {props.open ? (
        <>
          <div class="dialog-head">
            <h2 id={id}>{props.title}</h2>
            <Button kind="quiet" onClick={props.onClose}>
              {strings.close}
            </Button>
          </div>
          <div class="dialog-body stack">{props.children}</div>
          {props.actions ? <div class="dialog-foot">{props.actions}</div> : null}
        </>
      ) : null}
    </dialog>
  );
}

export function Badge(props: BadgeProps): JSX.Element {
  return (
    <span class={`badge ${props.kind ?? 'plain'}`} title={props.title}>
      {props.children}
      {props.title ? <span class="sr-only">{`: ${props.title}`}</span> : null}
    </span>
  );
}

export function Help(props: HelpProps): JSX.Element {
  return (
    <details class="help">
      <summary>{props.label}</summary>
      <div class="stack tight">{props.children}</div>
    </details>
  );
}

export function Note(props: NoteProps): JSX.Element {
  return <div class={`note ${props.kind ?? 'plain'}`}>{props.children}</div>;
}
