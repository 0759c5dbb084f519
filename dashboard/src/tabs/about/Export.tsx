/** Text to copy: pages in a sandbox may not save files. */

import type { JSX } from 'preact';
import { useMemo, useRef, useState } from 'preact/hooks';
import { useStore } from '../../state/store.ts';
import { copied } from '../../ui/clipboard.ts';
import { Button, Note, Segmented, Select } from '../../ui/index.ts';
import { type Format, textOf, type What } from './exports.ts';
import { strings } from './strings.ts';

const WHATS: readonly What[] = ['global', 'cohorts', 'rows', 'made'];
const FORMATS: readonly Format[] = ['json', 'csv', 'markdown'];
const LINES = 10;

export function Export(): JSX.Element {
  const store = useStore();
  const [what, setWhat] = useState<What>('global');
  const [format, setFormat] = useState<Format>('csv');
  const [said, setSaid] = useState('');
  const area = useRef<HTMLTextAreaElement>(null);
  const view = store.view.value;
  const [output, scale] = [store.output.value, store.scale.value];
  const [cohorts, selected, made] = [store.cohorts.value, store.selected.value, store.made.value];
  const text = useMemo(
    () => textOf({ page: store.page, view, output, scale, cohorts, selected, made }, what, format),
    [store, view, output, scale, cohorts, selected, made, what, format],
  );
  const select = (): void => {
    area.current?.focus();
    area.current?.select();
  };
  const copy = async (): Promise<void> => {
    select();
    setSaid((await copied(text)) ? strings.copied : strings.notCopied);
  };
  return (
    <section class="card stack tight">
      <h3>{strings.export}</h3>
      <p class="small">{strings.exportHelp}</p>
      <div class="row end">
        <Select
          label={strings.what}
          value={what}
          options={WHATS.map((value) => ({ value, label: strings.whats[value] }))}
          onChange={(value) => {
            setWhat(value);
            setSaid('');
          }}
        />
        <Segmented
          label={strings.format}
          value={format}
          options={FORMATS.map((value) => ({ value, label: strings.formats[value] }))}
          onChange={(value) => {
            setFormat(value);
            setSaid('');
          }}
        />
      </div>
      {text === '' ? (
        <Note>{strings.empty[what]}</Note>
      ) : (
        <>
          <textarea
            ref={area}
            class="control export-text"
            aria-label={strings.text}
            readOnly
            spellcheck={false}
            rows={LINES}
            value={text}
          />
          <div class="row">
            <Button onClick={select}>{strings.selectAll}</Button>
            <Button
              onClick={() => {
                void copy();
              }}
            >
              {strings.copy}
            </Button>
            <span class="small muted">{strings.size(text.split('\n').length)}</span>
          </div>
        </>
      )}
      <p class="small told" role="status">
        {said}
      </p>
    </section>
  );
}
