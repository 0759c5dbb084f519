/** What the overview says. */

import { count, gap, listed, number, percent, plural, signed } from '../../text/numbers.ts';

const quoted = (name: string): string => `\u201c${name}\u201d`;
const names = (all: readonly string[]): string => listed(all.map(quoted));
/** Two decimals; three where two would make it whole. */
const rounded = (value: number): string => {
  const digits = Math.abs(value) > 0.995 ? 1000 : 100;
  return signed(Math.round(value * digits) / digits);
};

/** What importance speaks for. */
const aim = (label: string | null): string =>
  label === null ? 'a larger prediction' : quoted(label);

export const strings = {
  figures: 'Key figures',
  figuresSummary: (groups: number) =>
    groups > 1 ? 'The groups side by side.' : 'Of all rows. Cohorts you make stand beside them.',
  figure: 'Figure',
  overallGroup: (rows: number) => `All ${plural(rows, 'row')} explained`,
  inPage: (name: string) => `${name}, in the page`,
  rows: 'Rows',
  predictedShare: (label: string) => `Predicted as ${label}`,
  observedShare: (label: string) => `Observed as ${label}`,
  meanPrediction: 'Mean prediction',
  meanObserved: 'Mean observed value',
  ofTarget: (name: string, target: string | null) =>
    target === null ? name : `${name} (${target})`,
  features: 'Features',
  importances: 'What matters most',
  importancesSummary: (feature: string, share: string | null, n: number) =>
    `${quoted(feature)} comes first${share === null ? '' : `, with ${share} of it all`}; ` +
    `${plural(n, 'feature')} in this list. Pick one to see how it acts.`,
  importancesOf: (label: string) => `What matters most for ${label}`,
  nothingMatters: 'No feature has any importance.',
  measured: (measure: string, rows: number) =>
    rows > 0 ? `${measure}, over ${plural(rows, 'row')}` : measure,
  others: (n: number) => `${plural(n, 'other feature')}`,
  feature: 'Feature',
  importance: 'Importance',
  share: 'Share',
  deviation: 'Standard deviation',
  sections: {
    relies: 'What the model relies on',
    directions: 'In which direction',
    groups: 'Where groups differ',
    quality: 'How good it is',
    trust: 'How far to trust the importances',
    page: 'What this page can do',
    lacking: 'What is not here, and how to get it',
  },
  toPerformance: 'Performance',
  toImportance: 'Importance',
  toWhatIf: 'Try a what-if',
  caveats: 'Keep in mind',
} as const;

/** Sentences on what a model relies on. */
export const relies = {
  subject: (model: string, isSurrogate: boolean) =>
    isSurrogate ? `The surrogate of ${model}` : model,
  first: (
    subject: string,
    tops: readonly { name: string; share: number | null }[],
    label: string | null,
  ) => {
    const parts = tops.map(({ name, share }) =>
      share === null ? quoted(name) : `${quoted(name)} (${percent(share)})`,
    );
    const what = label === null ? '' : ` for ${quoted(label)}`;
    return `${subject} relies most on ${listed(parts)}${what}.`;
  },
  shares: 'Shares are of the importance of all features together.',
  most: (k: number, n: number, share: number) =>
    k === 1
      ? `That one feature of ${count(n)} holds ${percent(share)} of all importance.`
      : `${count(k)} of ${count(n)} features hold ${percent(share)} of all importance.`,
  unused: (n: number, all: number) =>
    `${count(n)} of ${count(all)} features ${n === 1 ? 'has' : 'have'} no importance at all in these rows.`,
  none: (subject: string) => `${subject} relies on no feature: none has an importance above 0.`,
  noneSure: (subject: string) =>
    `${subject} relies on no feature for sure: none has an importance above its standard deviation.`,
} as const;

/** Sentences on directions. */
export const directions = {
  rising: (feature: string, rho: number, label: string | null) =>
    `Larger values of ${quoted(feature)} tend to speak for ${aim(label)} ` +
    `(rank correlation ${rounded(rho)}).`,
  falling: (feature: string, rho: number, label: string | null) =>
    `Larger values of ${quoted(feature)} tend to speak against ${aim(label)} ` +
    `(rank correlation ${rounded(rho)}).`,
  categories: (
    feature: string,
    best: { readonly name: string; readonly mean: number },
    worst: { readonly name: string; readonly mean: number },
    label: string | null,
  ) =>
    `Of ${quoted(feature)}, ${quoted(best.name)} has the highest mean importance for ${aim(label)} ` +
    `(${signed(best.mean)}), ${quoted(worst.name)} the lowest (${signed(worst.mean)}).`,
  unclear: (features: readonly string[]) =>
    features.length === 1
      ? `${names(features)} matters without one clear direction: its effect may turn, or depend on ` +
        'other features. Its plot under Importance shows how.'
      : `${names(features)} matter without one clear direction: their effects may turn, or depend on ` +
        'other features. Their plots under Importance show how.',
  how: (clear: number, ranked: number, rows: number) =>
    `Rank correlations, from \u22121 to +1, are of a feature\u2019s value and its importance; from ` +
    `${number(clear)} on, either way, a direction is told.` +
    (ranked < rows ? ` They are of ${count(ranked)} rows, evenly taken.` : ''),
  noLocal: 'Directions need importances of single rows, which this explanation does not have.',
  noCells: 'Directions need the cells of the features, which are not in this page.',
  ofWords:
    'Of words no such direction is told: a word is no column, with values that grow. The tab Text ' +
    'shows what each adds where it stands.',
  noneMatters: 'No feature has an importance in these rows, so none acts in a direction.',
  noKept:
    'Directions need importances of single rows, which the page does not keep for the features that matter.',
  noSpread:
    'No direction can be told: the features that matter have one value, or too few known ones, in these rows.',
  few: (n: number) => `With ${plural(n, 'row')} no direction is clear.`,
} as const;

/** Sentences on groups. */
export const groups = {
  accuracy: 'accuracy',
  error: (target: string | null) =>
    `mean absolute error${target === null ? '' : ` of ${quoted(target)}`}`,
  hidden: (n: number) =>
    `${plural(n, 'more cohort')} ${n === 1 ? 'is' : 'are'} not compared: choose which under \u201cEdit cohorts\u201d.`,
  none: 'No cohort is shown. Make one under Cohorts, or pick rows in any chart.',
  few: (name: string, n: number) =>
    `${quoted(name)} holds ${plural(n, 'row')}: too few to tell differences.`,
  metric: (name: string, metric: string, own: string, all: string, worse: boolean) =>
    `In ${quoted(name)} predictions are clearly ${worse ? 'worse' : 'better'}: ${metric} ${own}, ` +
    `against ${all} of all rows.`,
  more: (name: string, feature: string, own: number, all: number) =>
    `In ${quoted(name)} ${quoted(feature)} matters more: mean |importance| ${number(own)}, ` +
    `against ${number(all)} of all rows.`,
  less: (name: string, feature: string, own: number, all: number) =>
    `In ${quoted(name)} ${quoted(feature)} matters less: mean |importance| ${number(own)}, ` +
    `against ${number(all)} of all rows.`,
  alike: (name: string) => `${quoted(name)} shows no clear difference to all rows.`,
} as const;

/** Sentences on quality. */
export const quality = {
  right: (accuracy: number, rows: number) =>
    rows === 1
      ? `The one prediction with a known outcome is ${accuracy === 1 ? '' : 'not '}as observed.`
      : `${percent(accuracy)} of ${plural(rows, 'prediction')} are as observed.`,
  target: (target: string) =>
    `Predictions, outcomes and figures in this page are those of ${quoted(target)}, whichever target is chosen.`,
  majority: (label: string, share: number) =>
    `Always naming the most frequent class, ${quoted(label)}, would be right in ${percent(share)}.`,
  noBetter: (label: string, share: number) =>
    `That is no more than always naming the most frequent class, ${quoted(label)}, would give ` +
    `(${percent(share)}).`,
  fewer: (label: string, share: number) =>
    `That is less than always naming the most frequent class, ${quoted(label)}, would give ` +
    `(${percent(share)}).`,
  error: (mae: number, rows: number, target: string | null) =>
    `Predictions${target === null ? '' : ` of ${quoted(target)}`}` +
    `${Number.isNaN(rows) ? '' : ` for ${plural(rows, 'row')} with a known outcome`} are off by ${number(mae)} on average (mean absolute error).`,
  explained: (r2: number) =>
    `They explain ${percent(r2)} of the variance of the observed values (R\u00b2).`,
  worse: (r2: number) =>
    `They are no better than always naming the mean observed value (R\u00b2 ${number(r2)}).`,
  unknown: 'Observed outcomes are not in this page, so how good the model is cannot be told.',
  noPredictions: 'Predictions are not in this page, so how good the model is cannot be told.',
  own: 'Rows the model was fitted on look better than new ones: the page cannot tell which these are.',
} as const;

/** Sentences on how far importances can be trusted. */
export const trust = {
  exact: (what: string, error: number, unit: string) =>
    `Base value plus importances are ${what}\u2019s own output in every row ` +
    `(largest difference ${gap(error)}, ${unit}).`,
  taken: (what: string) =>
    `Base value plus importances are taken to be ${what}\u2019s own output; the difference was not measured.`,
  off: (what: string, error: number, unit: string, span: readonly [number, number] | null) =>
    `Base value plus importances miss ${what}\u2019s own output by up to ${number(error)} (${unit})` +
    `${span === null ? '' : `, where they range from ${number(span[0])} to ${number(span[1])}`}.`,
  unsure: (what: string) =>
    `Base value plus importances do not add up to ${what}\u2019s own output; by how much is not known.`,
  model: 'the model',
  isSurrogate: 'A surrogate was explained in place of the model.',
  distance:
    'That is how far the surrogate is from the model: the sums are the surrogate\u2019s own output.',
  fidelity: (r2: number, heldOut: boolean) =>
    `It explains ${percent(r2)} of the variance of the model\u2019s output on ` +
    `${heldOut ? 'rows held out' : 'the rows it was fitted on'} (R\u00b2).`,
  poorFidelity: (r2: number, heldOut: boolean) =>
    `On ${heldOut ? 'rows held out' : 'the rows it was fitted on'} it follows the model\u2019s output ` +
    `no better than its mean does (R\u00b2 ${number(r2)}).`,
  agreement: (share: number) => `Both name the same class in ${percent(share)} of them.`,
  standardError: (error: number, unit: string) =>
    `Importances are estimates; with another seed they would differ by about ${number(error)} (${unit}) at most.`,
  deletion: (own: number, random: number, texts: number | undefined) =>
    `Tokens taken out${texts === undefined ? '' : ` of ${plural(texts, 'text')}`}, the most important ones first, ` +
    `lead the model away from its prediction ${own < random ? 'faster' : 'no faster'} than in a random order ` +
    `(mean area under the curve ${number(own)}, at random ${number(random)}: lower is better).`,
  insertion: (own: number, random: number) =>
    `Put in first, they lead it there ${own > random ? 'faster' : 'no faster'} than in a random order ` +
    `(mean area ${number(own)}, at random ${number(random)}: higher is better).`,
  globalOnly: 'Importances of single rows are not there, so nothing adds up to a prediction.',
} as const;

/** What a page lacks, and what to do about it in Python. */
export const lacking = {
  local:
    'Importances of single rows. Explain with an explainer that gives them, such as ' +
    'TabularExplainer(model, X_train).explain_global(X_test).',
  rows:
    'The rows themselves. Pass them: ExplanationDashboard(explanation, model, datasetX=X_test), ' +
    'with include_data=True.',
  cells: (n: number, all: number) =>
    `Cells of ${count(n)} of ${plural(all, 'feature')} (About lists why). Columns are kept unless ` +
    'drop_columns, mask or include_data=False leaves them out.',
  trueY: 'Observed outcomes. Pass them: ExplanationDashboard(explanation, model, true_y=y_test).',
  data:
    'Cells, predictions and observed outcomes: the page was made without the data of its rows. Make it ' +
    'with include_data=True to have them.',
  predictions: 'Predictions. Pass the model: ExplanationDashboard(explanation, model).',
  model:
    'A model, so what-if, ICE and PDP have nothing to ask. Pass it: ' +
    'ExplanationDashboard(explanation, model).',
  sample: (shown: number, all: number) =>
    `${count(all - shown)} of ${plural(all, 'row')}: the page holds a sample of ${count(shown)}. ` +
    'Raise max_bytes or max_rows to embed more (About says which of them it is).',
} as const;
