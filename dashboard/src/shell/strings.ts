/** What the frame of the page says. */

import type { ExportedModel } from '../model/types.ts';
import type { Payload, View } from '../payload/types.ts';
import { measureOf, unitOf } from '../state/units.ts';
import { count, gap, number, percent } from '../ui/numbers.ts';

export const strings = {
  unreadable: 'This explanation cannot be shown',
  tabs: 'Parts of the explanation',
  output: 'Class',
  target: 'Target',
  allOutputs: 'All classes',
  allTargets: 'All targets',
  view: 'Features',
  raw: 'Your columns',
  engineered: 'Preprocessed',
  scale: 'Unit',
  scaleProbability: 'probability',
  theme: 'Theme',
  themes: { auto: 'Auto', light: 'Light', dark: 'Dark' },
  settings: 'What is shown',
  rows: (shown: number, total: number) =>
    shown === total ? count(total) : `${count(total)}, a sample of ${count(shown)} in the page`,
  noModel: 'No model in the page: what-if, ICE and PDP are not available.',
  exact: (model: ExportedModel) =>
    `The model itself runs in this page (${model.description}). Checked on ` +
    `${count(model.checkedRows)} rows: its predictions differ from Python's by at most ` +
    `${gap(model.maxError)}.`,
  surrogate: (model: ExportedModel) =>
    `A simpler model that imitates yours runs in this page (${model.description}); ` +
    `${fidelities(model)}. What-if is approximate.`,
  recorded: 'What-if shows curves computed in Python when the page was made.',
  live: 'What-if asks the logged model behind this page.',
  modes: {
    exact: 'exact model inside',
    surrogate: 'surrogate inside',
    recorded: 'recorded curves',
    live: 'live model',
    none: 'no model inside',
  },
  share: (label: string, share: number) => `${label} ${percent(share)}`,
  how: 'How to read this page',
  help: 'Help',
  helpLong: 'Help: how to read this page',
} as const;

function fidelities(model: ExportedModel): string {
  const parts = Object.entries(model.fidelity).map(
    ([name, value]) => `${name.replaceAll('_', ' ')} ${number(value)}`,
  );
  return parts.length > 0 ? parts.join(', ') : 'its fidelity is not known';
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
    const said = payload.model.mode === 'exact' ? strings.exact : strings.surrogate;
    return said(payload.model);
  }
  if (mode === 'recorded') return `${strings.recorded} ${payload.modelNote ?? ''}`.trim();
  return payload.modelNote ?? strings.noModel;
}

/** Return the heading of the page. */
export function headingOf(payload: Payload): string {
  return `Why ${payload.modelType} predicts what it predicts`;
}

// Names of methods that are not the words of the field.
const METHODS: Readonly<Record<string, string>> = {
  pfi: 'permutation importance',
  lime: 'LIME',
  mimic: 'a surrogate',
  tree: 'tree SHAP',
  kernel: 'kernel SHAP',
  linear: 'linear SHAP',
};

function nameOf(method: string): string {
  return METHODS[method] ?? method;
}

/** Return how the values of a view were made, in one line. */
export function madeBy(payload: Payload, view: View): string {
  if (view.space === null) return `${nameOf(payload.method)}: ${measureOf(view)}`;
  return `${nameOf(payload.method)}, in ${unitOf(view.space)}`;
}
