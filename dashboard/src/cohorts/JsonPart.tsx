/** Cohorts as a text that can be copied and pasted. */

import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';
import { fromJson, problemOf, toJson } from '../state/cohorts.ts';
import { useStore } from '../state/store.ts';
import { copied } from '../ui/clipboard.ts';
import { Button, TextField } from '../ui/index.ts';
import { strings } from './strings.ts';

export function JsonPart(): JSX.Element {
  const store = useStore();
  const place = useRef<HTMLDivElement>(null);
  const said = useSignal('');
  const pasted = useSignal('');
  const problem = useSignal<string | null>(null);
  const text = toJson(store.cohorts.value);
  const copy = async (): Promise<void> => {
    place.current?.querySelector('textarea')?.select();
    said.value = (await copied(text)) ? strings.copied : strings.copyYourself;
  };
  const add = (): void => {
    const found = fromJson(pasted.value);
    if (typeof found === 'string') {
      problem.value = found;
      said.value = '';
      return;
    }
    for (const { name, filter } of found) store.addCohort(name, filter);
    const unusable = found.flatMap((one) => problemOf(store.page, one) ?? []);
    problem.value = null;
    pasted.value = '';
    said.value = [
      strings.pasted(found.length),
      ...unusable.map((reason) => strings.unusable(reason)),
    ].join(' ');
  };
  return (
    <div class="stack tight">
      <p class="small muted">{strings.jsonHelp}</p>
      <div ref={place} class="cohort-json">
        <TextField label={strings.json} rows={8} value={text} onChange={() => undefined} />
      </div>
      <div class="row">
        <Button onClick={() => void copy()}>{strings.copy}</Button>
        <span class="small" role="status">
          {said.value}
        </span>
      </div>
      <TextField
        label={strings.paste}
        rows={5}
        value={pasted.value}
        onChange={(value) => {
          pasted.value = value;
        }}
        {...(problem.value === null ? {} : { warning: problem.value })}
      />
      <div>
        <Button disabled={pasted.value.trim() === ''} onClick={add}>
          {strings.add}
        </Button>
      </div>
    </div>
  );
}
