/** Where the keyboard is when what it was at goes. */

import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

const FIELD = 'textarea, select, input';

interface KeptFocus {
  readonly place: RefObject<HTMLDivElement | null>;
  readonly onFocusIn: (event: FocusEvent) => void;
}

/**
 * Brings the keyboard to the first field of a place where it would be nowhere: what it was at went,
 * is hidden until there is an answer, or is a button that is of no use now. `to` selects something
 * else than a field.
 */
export function useKeptFocus(to: string = FIELD): KeptFocus {
  const place = useRef<HTMLDivElement>(null);
  const last = useRef<EventTarget | null>(null);
  useLayoutEffect(() => {
    const { activeElement, body } = document;
    if (activeElement !== body && activeElement !== last.current) last.current = null;
    if (!isGone(last.current)) return;
    last.current = null;
    place.current?.querySelector<HTMLElement>(to)?.focus();
  });
  return {
    place,
    onFocusIn: ({ target }) => {
      last.current = target;
    },
  };
}

function isGone(element: EventTarget | null): boolean {
  if (!(element instanceof HTMLElement)) return false;
  if (!element.checkVisibility({ visibilityProperty: true })) return true;
  return element instanceof HTMLButtonElement && element.disabled;
}
