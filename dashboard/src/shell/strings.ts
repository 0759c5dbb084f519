/** What the frame of the page says. */

import type { Payload, View } from '../payload/types.ts';
import { measureOf, unitOf } from '../state/units.ts';
import { count, percent, plural } from '../text/numbers.ts';

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
  words: (words: number, columns: number) =>
    columns === 0 ? count(words) : `${count(words)}, and ${plural(columns, 'column')}`,
  modes: {
    exact: 'exact model inside',
    surrogate: 'surrogate inside',
    recorded: 'recorded curves',
    live: 'live model',
    none: 'no model inside',
  },
  ofTarget: (name: string, target: string | null) =>
    target === null ? name : `${name} of ${target}`,
  ofRows: (text: string, rows: number) => `${text} (${plural(rows, 'known outcome')})`,
  share: (label: string, share: number) => `${label} ${percent(share)}`,
  shares: (shown: readonly string[], isCut: boolean) => shown.join(', ') + (isCut ? ', …' : ''),
  explainedBy: 'Explained by',
  whatIf: 'What-if',
  how: 'How to read this page',
  help: 'Help',
  helpLong: 'Help: how to read this page',
} as const;

/** Names of the figures in the ribbon. */
export const heads = {
  rows: 'Rows',
  features: 'Features',
  words: 'Words',
  predicted: 'Predicted',
  accuracy: 'Accuracy',
  error: 'Mean absolute error',
  run: 'Run',
} as const;

/** Return the question the page answers. */
function questionOf(payload: Payload): string {
  return `Why ${payload.modelType} predicts what it predicts`;
}

/** Return the heading of the page, the title it was given, and what stands below that. */
export function headingOf(payload: Payload): {
  readonly title: string;
  readonly below: string | null;
} {
  const question = questionOf(payload);
  const isGiven = payload.title !== '' && payload.title !== `Explanation of ${payload.modelType}`;
  return isGiven ? { title: payload.title, below: question } : { title: question, below: null };
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
