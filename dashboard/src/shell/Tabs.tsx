/** The list of tabs: one stop of the Tab key, arrows move between them. */

import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { useStore } from '../state/store.ts';
import { tabsOf } from '../tabs/index.ts';
import { strings } from './strings.ts';

/** Return the position an arrow key leads to; null for other keys. */
function movedTo(key: string, at: number, count: number): number | null {
  switch (key) {
    case 'ArrowRight':
      return (at + 1) % count;
    case 'ArrowLeft':
      return (at + count - 1) % count;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}

export function Tabs(): JSX.Element {
  const { tab, page } = useStore();
  const tabs = tabsOf(page);
  const list = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent): void => {
    const at = tabs.findIndex((one) => one.id === tab.value);
    const to = movedTo(event.key, at, tabs.length);
    if (to === null) return;
    event.preventDefault();
    tab.value = tabs[to].id;
    const button = list.current?.children[to];
    if (button instanceof HTMLElement) button.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label={strings.tabs} ref={list} onKeyDown={move}>
      {tabs.map((one) => {
        const selected = one.id === tab.value;
        return (
          <button
            key={one.id}
            id={`tab-${one.id}`}
            type="button"
            role="tab"
            aria-selected={selected}
            aria-controls={selected ? `panel-${one.id}` : undefined}
            tabIndex={selected ? 0 : -1}
            onClick={() => {
              tab.value = one.id;
            }}
          >
            {one.title}
          </button>
        );
      })}
    </div>
  );
}
