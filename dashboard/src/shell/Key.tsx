/** "How to read this page": a few sentences, the caution first. */

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { useStore } from '../state/store.ts';
import { modeText } from '../tabs/shared/mode.ts';
import { reading } from '../tabs/shared/reading.ts';
import { Button, Dialog } from '../ui/index.ts';
import { strings } from './strings.ts';

export function Key(): JSX.Element {
  const { page, view } = useStore();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button kind="quiet" label={strings.helpLong} onClick={() => setOpen(true)}>
        {strings.help}
      </Button>
      <Dialog title={strings.how} open={open} onClose={() => setOpen(false)}>
        <div class="stack">
          <p>
            <strong>{page.payload.caution}</strong>
          </p>
          {reading(page.payload, view.value.spec).map((text) => (
            <p key={text}>{text}</p>
          ))}
          <p>{modeText(page.payload)}</p>
        </div>
      </Dialog>
    </>
  );
}
