/** Which row is edited, what keeps and resets it, and which model answers. */

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Badge, Button, Dialog, Note, Select, TextField } from '../../ui/index.ts';
import type { Option } from '../../ui/types.ts';
import { ById } from '../shared/ById.tsx';
import { useKeptFocus } from '../shared/focus.ts';
import { editsOf, madeOf, nearestRow } from './logic.ts';
import type { Bench } from './state.ts';
import { strings } from './strings.ts';
import { surrogateText } from './surrogate.ts';

interface Props {
  readonly bench: Bench;
  readonly isLive: boolean;
}

export function Chooser({ bench, isLive }: Props): JSX.Element {
  const [said, setSaid] = useState('');
  const { page } = bench.store;
  const isAlone = page.rows.count < 2;
  const { place, onFocusIn } = useKeptFocus();
  return (
    <section class="card stack tight" aria-label={strings.row} ref={place} onFocusIn={onFocusIn}>
      <div class="row end">
        <RowChoice bench={bench} />
        <ById page={page} action={strings.go} onFound={bench.take} />
      </div>
      <div class="row">
        <Button
          label={isAlone ? strings.nearestAlone : strings.nearestHelp}
          disabled={isAlone}
          onClick={() => {
            const { after, row } = bench.edited.value;
            const near = nearestRow(bench.editables, after, page.rows.count, row);
            if (near === null) return;
            setSaid(strings.nearestFound(page.rows.ids.text(near.row), near.distance));
            bench.take(near.row);
          }}
        >
          {strings.nearest}
        </Button>
        <Keep bench={bench} onSaid={setSaid} />
        <Button disabled={bench.edited.value.changes.length === 0} onClick={bench.reset}>
          {strings.reset}
        </Button>
      </div>
      <p class="small muted" role="status">
        {said === '' && isAlone ? strings.nearestAlone : said}
      </p>
      <Mode bench={bench} isLive={isLive} />
      {isLive || page.payload.modelNote === undefined ? null : (
        <p class="small muted">{page.payload.modelNote}</p>
      )}
      <Note kind="warning">{page.payload.caution}</Note>
    </section>
  );
}

/** Rows picked anywhere in the page, and rows that were kept. */
function RowChoice({ bench }: { readonly bench: Bench }): JSX.Element {
  const { store } = bench;
  const { ids } = store.page.rows;
  const now = bench.edited.value.row;
  const picked = [...new Set([now, ...store.selected.value])];
  const options: Option<string>[] = [
    ...picked.map((row) => ({
      value: `row ${row}`,
      label: strings.rowNamed(ids.text(row)),
      group: strings.picked,
    })),
    ...store.made.value.map((made, i) => ({
      value: `made ${i}`,
      label: made.name,
      group: strings.kept,
    })),
  ];
  return (
    <Select
      label={strings.rowOf}
      value={`row ${now}`}
      options={options}
      onChange={(value) => {
        const [kind, number] = value.split(' ');
        if (kind === 'row') {
          bench.take(Number(number));
          return;
        }
        const made = store.made.value[Number(number)];
        bench.take(made.from);
        bench.apply(editsOf(made, bench.editables));
      }}
    />
  );
}

interface Saying {
  readonly bench: Bench;
  readonly onSaid: (text: string) => void;
}

function Keep({ bench, onSaid }: Saying): JSX.Element {
  const [open, setOpen] = useState(false);
  const [name, setName] = useState('');
  const { made, page } = bench.store;
  const begin = () => {
    const id = page.rows.ids.text(bench.edited.value.row);
    setName(strings.keepDefault(id, made.value.length + 1));
    setOpen(true);
  };
  const keep = () => {
    if (name.trim() === '') return;
    const { row, after } = bench.edited.value;
    made.value = [...made.value, madeOf(name.trim(), row, bench.editables, after)];
    onSaid(strings.keepDone(name.trim()));
    setOpen(false);
  };
  return (
    <>
      <Button disabled={bench.edited.value.changes.length === 0} onClick={begin}>
        {strings.keep}
      </Button>
      <Dialog
        title={strings.keep}
        open={open}
        onClose={() => setOpen(false)}
        actions={
          <Button kind="primary" disabled={name.trim() === ''} onClick={keep}>
            {strings.keep}
          </Button>
        }
      >
        <TextField label={strings.keepName} value={name} onChange={setName} onEnter={keep} />
      </Dialog>
    </>
  );
}

function Mode({ bench, isLive }: Props): JSX.Element {
  const { evaluator } = bench.store;
  if (isLive) return <Said kind="info" name={strings.modes.live} text={strings.live} />;
  if (evaluator?.model.mode === 'surrogate') {
    return <Said kind="warning" name={strings.modes.surrogate} text={surrogateText(bench.store)} />;
  }
  const { maxError = 0, checkedRows = 0 } = evaluator?.model ?? {};
  const text = strings.exact(checkedRows, maxError);
  return <Said kind="good" name={strings.modes.exact} text={text} />;
}

interface SaidProps {
  readonly kind: 'good' | 'warning' | 'info';
  readonly name: string;
  readonly text: string;
}

function Said({ kind, name, text }: SaidProps): JSX.Element {
  return (
    <p class="small">
      <Badge kind={kind}>{name}</Badge> <span>{text}</span>
    </p>
  );
}
