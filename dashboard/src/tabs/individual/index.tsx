/** Single rows: choose up to five, and see what made their outputs. */

import type { JSX } from 'preact';
import { attributionsOf } from '../../state/attributions.ts';
import { MOST_SELECTED, useStore } from '../../state/store.ts';
import { Button, Note } from '../../ui/index.ts';
import { outputFor } from '../shared/labels.ts';
import { TextCard } from '../shared/texts/TextCard.tsx';
import { Contributions } from './contributions.tsx';
import { Facts } from './facts.tsx';
import { Neighbours } from './neighbours.tsx';
import { Picker } from './picker.tsx';
import { strings } from './strings.ts';

export function Individual(): JSX.Element {
  const store = useStore();
  const { page } = store;
  const rows = store.selected.value;
  if (page.rows.count === 0) return <Note kind="empty">{strings.noRows}</Note>;
  const output = outputFor(page, store.output.value, rows[0]);
  const values = attributionsOf(store.view.value, output, store.scale.value);
  return (
    <div class="stack">
      <Picker />
      <Chosen />
      {values === null ? <Note kind="warning">{strings.noLocal}</Note> : null}
      {rows.length > 0 && values !== null ? (
        <Contributions rows={rows} values={values} output={output} />
      ) : null}
      {page.texts === null || values === null
        ? null
        : rows.map((row) => <TextCard key={row} row={row} output={output} />)}
      {rows.length > 0 ? (
        <div class="grid row-tables">
          <Facts rows={rows} values={values} output={output} />
          <Neighbours row={rows[0]} output={output} />
        </div>
      ) : null}
    </div>
  );
}

/** The rows that are looked at, each with a button that takes it away. */
function Chosen(): JSX.Element {
  const store = useStore();
  const { ids } = store.page.rows;
  const rows = store.selected.value;
  const dropped = store.dropped.value;
  if (rows.length === 0) {
    return (
      <Note kind="empty">
        <p>{strings.none}</p>
        <Button kind="quiet" onClick={() => store.open(0)}>
          {strings.first}
        </Button>
      </Note>
    );
  }
  return (
    <div class="row">
      <span class="label">{strings.chosen}</span>
      {rows.map((row, i) => (
        <Button
          key={row}
          small
          label={strings.remove(ids.text(row))}
          onClick={() => store.toggle(row)}
        >
          <svg width="10" height="10" aria-hidden="true">
            <circle cx="5" cy="5" r="4" fill={`var(--class-${i})`} />
          </svg>
          {ids.text(row)}
          <span aria-hidden="true">{'\u00d7'}</span>
        </Button>
      ))}
      {rows.length > 1 ? (
        <Button
          kind="quiet"
          small
          onClick={() => {
            store.selected.value = [];
            store.dropped.value = null;
          }}
        >
          {strings.clear}
        </Button>
      ) : null}
      <span class="small muted" role="status">
        {dropped === null ? '' : strings.dropped(ids.text(dropped), MOST_SELECTED)}
      </span>
    </div>
  );
}
