/** Which feature is swept, from where to where, in how many steps, and beside what. */

import type { JSX } from 'preact';
import { NumberField, Segmented, Select, Slider } from '../../ui/index.ts';
import { type Bench, editableOf } from './state.ts';
import { strings } from './strings.ts';
import { oddEnds } from './sweep.ts';

export function Controls({ bench }: { readonly bench: Bench }): JSX.Element {
  const editable = editableOf(bench, bench.swept.value);
  const asked = bench.asked.value;
  const { minimum, maximum } = editable.observed();
  const now = bench.edited.value.after.inputs[editable.input][0];
  const warning = editable.kind === 'number' ? oddEnds(editable, asked, now) : undefined;
  const ask = (change: Partial<typeof asked>) => {
    bench.asked.value = { ...asked, ...change };
  };
  return (
    <div class="row end sweep">
      <Select
        label={strings.swept}
        value={editable.input}
        options={bench.editables.map(({ input, name }) => ({ value: input, label: name }))}
        onChange={(input) => {
          bench.swept.value = input;
          ask({ minimum: Number.NaN, maximum: Number.NaN });
        }}
      />
      {editable.kind === 'number' ? (
        <>
          <NumberField
            label={strings.minimum}
            value={Number.isNaN(asked.minimum) ? minimum : asked.minimum}
            onChange={(value) => ask({ minimum: value })}
            {...(warning === undefined ? {} : { warning })}
          />
          <NumberField
            label={strings.maximum}
            value={Number.isNaN(asked.maximum) ? maximum : asked.maximum}
            onChange={(value) => ask({ maximum: value })}
          />
        </>
      ) : null}
      {editable.kind === 'labels' ? null : (
        <Slider
          label={strings.steps}
          value={asked.steps}
          min={5}
          max={100}
          step={5}
          onChange={(steps) => ask({ steps })}
        />
      )}
      {bench.store.selected.value.length > 1 ? (
        <Segmented
          label={strings.beside}
          value={bench.beside.value}
          options={[
            { value: 'cohorts', label: strings.cohorts },
            { value: 'picked', label: strings.pickedRows },
          ]}
          onChange={(beside) => {
            bench.beside.value = beside;
          }}
        />
      ) : null}
    </div>
  );
}
