/** The panel of cohorts: their list, the editor, suggestions, and JSON. */

import type { Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useStore } from '../state/store.ts';
import { Dialog, Segmented } from '../ui/index.ts';
import { Editor } from './Editor.tsx';
import { JsonPart } from './JsonPart.tsx';
import { List } from './List.tsx';
import { SuggestPart } from './SuggestPart.tsx';
import { strings } from './strings.ts';

type Part = keyof typeof strings.tabs;

/** Which part of the panel is open; the editor's `id` is that of a cohort, or null for a new one. */
export type Place =
  | { readonly part: Part }
  | { readonly part: 'editor'; readonly id: number | null };

const PARTS = Object.entries(strings.tabs).map(([value, label]) => ({
  value: value as Part,
  label,
}));

export function Panel({ place }: { place: Signal<Place | null> }): JSX.Element {
  const { cohorts } = useStore();
  const now = place.value;
  const body = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // The button that was pressed may be gone: the keyboard stays in the panel.
    const { activeElement } = document;
    if (activeElement === null || activeElement === document.body) body.current?.focus();
  }, [now?.part, cohorts.value.length]);
  const go = (next: Place | null): void => {
    place.value = next;
  };
  const edited =
    now?.part === 'editor' ? (cohorts.value.find(({ id }) => id === now.id) ?? null) : null;
  const title =
    now?.part !== 'editor'
      ? strings.title
      : edited === null
        ? strings.editorNew
        : strings.editorOld(edited.name);
  return (
    <Dialog wide title={title} open={now !== null} onClose={() => go(null)}>
      <div class="stack cohort-panel" ref={body} tabIndex={-1}>
        {now === null ? null : now.part === 'editor' ? (
          <Editor
            cohort={edited}
            onDone={() => go({ part: 'list' })}
            onCancel={() => go({ part: 'list' })}
          />
        ) : (
          <>
            <Segmented
              label={strings.tabsLabel}
              hideLabel
              value={now.part}
              options={PARTS}
              onChange={(part) => go({ part })}
            />
            {now.part === 'list' ? <List onEdit={(id) => go({ part: 'editor', id })} /> : null}
            {now.part === 'suggest' ? <SuggestPart /> : null}
            {now.part === 'json' ? <JsonPart /> : null}
          </>
        )}
      </div>
    </Dialog>
  );
}
