/** The sentences of "How to read this page", for this very page. */

import type { Payload, View } from '../../payload/types.ts';

const UNITS: Readonly<Record<NonNullable<View['space']>, string>> = {
  'log-odds':
    'Importance is in log-odds: +0.69 doubles the odds of the class, -0.69 halves them. Probability ' +
    'is the other unit to choose, where it is offered.',
  probability: 'Importance is in probability: +0.1 is ten percentage points more.',
  margin:
    'Importance is in the unit of the model’s own score: the larger the score, the more the ' +
    'model is for the class.',
  raw: 'Importance is in the unit of the prediction itself.',
};

/** Return sentences a newcomer needs, and none that does not apply. */
export function reading(payload: Payload, view: View): string[] {
  const sentences = [
    'A feature’s importance in a row is what its value added to the prediction of that row, or ' +
      'took from it, compared with the base value: what the model predicts when it knows nothing.',
  ];
  if (view.space !== null) sentences.push(UNITS[view.space]);
  if (view.local !== null) {
    sentences.push(
      view.additive
        ? 'Base value plus the importances of a row are the model’s own output for it.'
        : 'The importances are approximate: base value plus importances are near the model’s ' +
            'output, and the page shows how near.',
    );
  } else {
    sentences.push(
      'This explanation has no importances of single rows; parts that need them say so.',
    );
  }
  sentences.push(
    'A cohort is a group of rows you choose. Up to three groups are drawn side by side, each in ' +
      'its own colour and shape.',
    'Every chart can be read as a table, and used with the keyboard: Tab enters it, arrow keys ' +
      'move, Enter picks. A picked row opens under "Single rows".',
  );
  if (payload.rows.sampled !== undefined) sentences.push(payload.rows.sampled);
  return sentences;
}
