/** The text of a row to change, and what the live model predicts of it. */

import type { JSX } from 'preact';
import { useStore } from '../../state/store.ts';
import { Button, Note, TextField } from '../../ui/index.ts';
import { OutcomeView } from '../shared/outcome/OutcomeView.tsx';
import type { Desk } from './desk.ts';
import { strings } from './strings.ts';

const LINES = 6;
/** Beside the field it says that the model is asked: here is room for the answer. */
const NOTHING = '\u00a0';

interface EditorProps {
  readonly desk: Desk;
  readonly row: number;
}

export function Editor({ desk, row }: EditorProps): JSX.Element {
  const { page } = useStore();
  const { live, draft, predictions, isBehind, error } = desk;
  const { isEdited } = draft;
  const beside = live.inputs.filter((_, i) => i !== live.text).map(({ name }) => name);
  const absent = live.absent.filter((name) => beside.includes(name));
  const why = predictions.error ?? error;
  const isAsked = predictions.isPending || (isEdited && isBehind && error === null);
  return (
    <section class="card stack tight">
      <h2>{strings.editor}</h2>
      <p class="frame-summary">{strings.editorSummary(beside)}</p>
      {absent.length > 0 ? <Note kind="warning">{strings.absent(absent)}</Note> : null}
      <div class="text-desk">
        <div class="stack tight">
          <TextField
            label={strings.textOf(page.rows.ids.text(row))}
            value={draft.text}
            rows={LINES}
            prose
            onChange={draft.type}
          />
          <div class="row">
            <Button disabled={!isEdited} onClick={draft.reset}>
              {strings.reset}
            </Button>
            <span class="small muted" role="status">
              {isAsked ? strings.loading : ''}
            </span>
          </div>
        </div>
        <div class="stack tight outcome">
          {why === null ? null : <Note kind="warning">{strings.failed(why)}</Note>}
          <OutcomeView
            predictions={predictions}
            isEdited={isEdited}
            least={0}
            meanwhile={NOTHING}
          />
        </div>
      </div>
      {live.method === page.payload.method ? null : (
        <p class="frame-note">{strings.otherMethod(live.method, page.payload.method)}</p>
      )}
    </section>
  );
}
