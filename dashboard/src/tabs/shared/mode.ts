/** Where what-if predictions come from, in words. */

import type { ExportedModel } from '../../model/types.ts';
import type { Payload } from '../../payload/types.ts';
import { gap, percent, plural } from '../../text/numbers.ts';

const strings = {
  noModel: 'No model in the page: what-if, ICE and PDP are not available.',
  exact: (model: ExportedModel) =>
    `The model itself runs in this page (${model.description}). Checked on ` +
    `${plural(model.checkedRows, 'row')}: its predictions differ from Python\u2019s by ` +
    `${atMost(model.maxError)}.`,
  surrogate: (model: ExportedModel, other: boolean) =>
    `A simpler model that imitates yours${other ? ', another one than the surrogate that was explained,' : ''} ` +
    `runs in this page (${model.description}); ${fidelities(model)}. What-if is approximate.`,
  recorded: 'What-if shows curves computed in Python when the page was made.',
  live: 'What-if asks the logged model behind this page.',
} as const;

/** Of rows held out where they were measured there; those it learned from flatter. */
function fidelities({ fidelity }: ExportedModel): string {
  const isHeldOut = fidelity.fidelity_r2 !== undefined || fidelity.fidelity_agreement !== undefined;
  const end = isHeldOut ? '' : '_train';
  const r2 = fidelity[`fidelity_r2${end}`];
  const same = fidelity[`fidelity_agreement${end}`];
  const parts = [
    ...(r2 === undefined
      ? []
      : [`it explains ${percent(r2)} of the variance of your model\u2019s output (R\u00b2)`]),
    ...(same === undefined ? [] : [`both name the same class in ${percent(same)}`]),
  ];
  if (parts.length === 0) return 'how near it is to yours is not known';
  return `on ${isHeldOut ? 'rows held out' : 'the rows it was fitted on'} ${parts.join(', and ')}`;
}

function atMost(value: number): string {
  return value < 1e-9 ? gap(value) : `at most ${gap(value)}`;
}

/** How predictions of edited rows come about. */
export type Mode = 'exact' | 'surrogate' | 'recorded' | 'live' | 'none';

/** Return where what-if predictions come from. */
export function modeOf(payload: Payload): Mode {
  if (payload.live !== null) return 'live';
  if (payload.model !== null) return payload.model.mode;
  return payload.recorded.length > 0 ? 'recorded' : 'none';
}

/** Return what the mode means, in a sentence. */
export function modeText(payload: Payload): string {
  const mode = modeOf(payload);
  if (mode === 'live') return strings.live;
  if (payload.model !== null) {
    const { model } = payload;
    return model.mode === 'exact'
      ? strings.exact(model)
      : strings.surrogate(model, payload.method === 'mimic');
  }
  if (mode === 'recorded') return `${strings.recorded} ${payload.modelNote ?? ''}`.trim();
  return payload.modelNote ?? strings.noModel;
}

/** Whether a surrogate was explained in place of the model: see `words.py`. */
export function isOfSurrogate({ method }: Pick<Payload, 'method'>): boolean {
  return method === 'mimic' || method === 'text han';
}
