/** What charts share: their width, the theme they are drawn in, focus that moves by arrow keys. */

import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

/** Width of an element in whole pixels, 0 before it is known. */
export function useWidth(): [RefObject<HTMLDivElement | null>, number] {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return undefined;
    const measure = () => setWidth(Math.floor(element.clientWidth));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, width];
}

const MEDIA = ['(prefers-color-scheme: dark)', '(forced-colors: active)', 'print'];

/** A number that changes when colours do: canvases are drawn anew. */
export function useTheme(): number {
  const [version, setVersion] = useState(0);
  useEffect(() => {
    const changed = () => setVersion((now) => now + 1);
    const watched = new MutationObserver(changed);
    watched.observe(document.documentElement, { attributeFilter: ['data-theme', 'class'] });
    const queries = MEDIA.map((query) => matchMedia(query));
    for (const query of queries) query.addEventListener('change', changed);
    return () => {
      watched.disconnect();
      for (const query of queries) query.removeEventListener('change', changed);
    };
  }, []);
  return version;
}

const KEYS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Direction of an arrow key on the screen; null for other keys. */
export function arrowOf(key: string): readonly [number, number] | null {
  return KEYS[key] ?? null;
}

/** Marks of a chart: one stop of the Tab key, arrows, Home and End move among them. */
export interface Roving {
  /** 0 for the mark that Tab enters, -1 for all others. */
  readonly tabIndex: (mark: number) => 0 | -1;
  readonly onKeyDown: (event: KeyboardEvent) => void;
  readonly onFocus: (mark: number) => void;
}

const TURNED: Record<string, string> = {
  ArrowLeft: 'ArrowUp',
  ArrowRight: 'ArrowDown',
  ArrowUp: 'ArrowLeft',
  ArrowDown: 'ArrowRight',
};

/**
 * `columns`: marks per line; 1 where all arrows mean next and previous. `turned`: lines stand
 * upright, beside each other.
 */
export function useRoving(count: number, columns = 1, turned = false): Roving {
  const [active, setActive] = useState(0);
  const at = Math.min(active, Math.max(0, count - 1));
  return {
    tabIndex: (mark) => (mark === at ? 0 : -1),
    onFocus: setActive,
    onKeyDown: (event) => {
      const key = turned ? (TURNED[event.key] ?? event.key) : event.key;
      const next = nextMark(key, at, count, columns);
      if (next === null) return;
      event.preventDefault();
      const root = event.currentTarget as Element;
      root.querySelector<SVGElement>(`[data-mark="${next}"]`)?.focus();
    },
  };
}

export function nextMark(key: string, at: number, count: number, columns: number): number | null {
  if (count === 0) return null;
  if (key === 'Home') return 0;
  if (key === 'End') return count - 1;
  const arrow = arrowOf(key);
  if (arrow === null) return null;
  const next = columns === 1 ? at + arrow[0] + arrow[1] : at + arrow[0] + arrow[1] * columns;
  return Math.min(count - 1, Math.max(0, next));
}

/** Enter and Space, as on a button. */
export function onEnter(act: (() => void) | undefined): (event: KeyboardEvent) => void {
  return (event) => {
    if (act === undefined || (event.key !== 'Enter' && event.key !== ' ')) return;
    event.preventDefault();
    act();
  };
}
