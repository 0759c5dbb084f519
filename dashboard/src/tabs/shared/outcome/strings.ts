/** Words about a prediction before and after an edit. */

import { listed } from '../../../text/numbers.ts';

export const strings = {
  loading: 'Asking the model\u2026',
  failed: (why: string) => `The model did not answer: ${why}`,
  absent: (names: readonly string[]) =>
    `${listed(names)}: left out of this page. The model is asked as if ` +
    `${names.length === 1 ? 'it were' : 'they were'} missing, so predictions differ from the rows\u2019 own.`,
  outcome: 'Prediction',
  before: 'Before',
  after: 'After',
  change: 'Change',
  class: 'Class',
  value: 'Value',
  predicted: 'predicted',
  sameClass: (label: string) => `The model predicts ${label}.`,
  stillClass: (label: string, moved: string) => `The prediction stays ${label} (${moved}).`,
  newClass: (from: string, to: string) => `The prediction changes from ${from} to ${to}.`,
  valueNow: (text: string) => `The model predicts ${text}.`,
  valueMoved: (from: string, to: string, moved: string) =>
    `The prediction moves from ${from} to ${to} (${moved}).`,
  about: (difference: string) => `\u2248 ${difference}`,
  withinError: 'within the stand-in\u2019s error',
} as const;
