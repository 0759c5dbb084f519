/** Finding a row by its id, or by how its id begins. */

import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { Page } from '../../payload/page.ts';
import { rowsById } from '../../state/ids.ts';
import { Button, TextField } from '../../ui/index.ts';
import { strings } from './strings.ts';

const MOST_FOUND = 20;

interface Props {
  readonly page: Page;
  /** What taking the row does, on the button. */
  readonly action: string;
  readonly onFound: (row: number) => void;
}

export function ById({ page, action, onFound }: Props): JSX.Element {
  const [id, setId] = useState('');
  const found = useMemo(() => rowsById(page, id, MOST_FOUND), [page, id]);
  const take = () => {
    if (found.length === 0) return;
    onFound(found[0]);
    setId('');
  };
  return (
    <div class="row end">
      <TextField
        label={strings.byId}
        value={id}
        placeholder={strings.idHint}
        suggestions={found.map((row) => page.rows.ids.text(row))}
        onChange={setId}
        onEnter={take}
        {...(id.trim() !== '' && found.length === 0 ? { warning: strings.noSuchRow } : {})}
      />
      <Button onClick={take} disabled={found.length === 0}>
        {action}
      </Button>
    </div>
  );
}
