/** Rows picked in a chart: how many, which, and a cohort of them. */

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { FEW_ROWS } from '../../state/cohorts.ts';
import { useStore } from '../../state/store.ts';
import { Button, Note, TextField } from '../../ui/index.ts';
import type { Picked } from './picking.ts';
import type { State } from './state.ts';
import { strings } from './strings.ts';

const LONGEST_NAME = 48;

/** Return a name of rows: their condition, where it is short. */
export function nameOf(picked: Picked): string {
  return picked.text.length <= LONGEST_NAME
    ? picked.text
    : `${picked.text.slice(0, LONGEST_NAME - 1)}\u2026`;
}

export function PickedRows({ state }: { state: State }): JSX.Element {
  const store = useStore();
  const picked = state.picked.value;
  const [name, setName] = useState('');
  const [made, setMade] = useState('');
  useEffect(() => {
    if (picked === null) return;
    setName(nameOf(picked));
    setMade('');
  }, [picked]);
  const make = (): void => {
    if (picked === null) return;
    store.addCohort(name, picked.filter);
    setMade(strings.made(store.cohorts.value.at(-1)?.name ?? name));
    state.picked.value = null;
  };
  const clear = (): void => {
    state.picked.value = null;
  };
  if (picked === null || picked.rows.length === 0) {
    return (
      <div class="told" role="status">
        {picked === null ? made && <Note>{made}</Note> : <Note>{strings.pickedNone}</Note>}
      </div>
    );
  }
  const { rows, text } = picked;
  return (
    <section class="card stack tight" aria-label={strings.picked}>
      <h3>{strings.picked}</h3>
      <p class="small wrap" role="status">
        {strings.pickedText(rows.length, rows.length / store.page.rows.count, text)}
      </p>
      {rows.length < FEW_ROWS ? <Note kind="warning">{strings.pickedFew}</Note> : null}
      <div class="row end">
        <div class="wide-field">
          <TextField label={strings.name} value={name} onChange={setName} onEnter={make} />
        </div>
        <Button kind="primary" onClick={make}>
          {strings.makeCohort}
        </Button>
        <Button onClick={clear}>{strings.forget}</Button>
      </div>
    </section>
  );
}
