/** Words of the figures. */

import { plural } from '../text/numbers.ts';

export const strings = {
  titles: {
    accuracy: 'Accuracy',
    balanced_accuracy: 'Balanced accuracy',
    precision: 'Precision',
    recall: 'Recall',
    false_positive_rate: 'False positive rate',
    false_negative_rate: 'False negative rate',
    f1: 'F1',
    roc_auc: 'ROC AUC',
    average_precision: 'Average precision',
    log_loss: 'Log loss',
    brier: 'Brier score',
    mse: 'MSE',
    rmse: 'RMSE',
    mae: 'Mean absolute error',
    r2: 'R\u00b2',
    max_error: 'Largest error',
  },
  help: {
    accuracy: 'share of rows predicted as observed',
    balanced_accuracy: 'mean recall of the classes',
    precision: 'of the rows predicted as the class, the share that is',
    recall: 'of the rows of the class, the share that is found',
    false_positive_rate: 'of the other rows, the share taken for the class',
    false_negative_rate: 'of the rows of the class, the share that is missed',
    f1: 'harmonic mean of precision and recall',
    roc_auc: 'chance that a row of the class is ranked above another row',
    average_precision: 'area under the precision-recall curve',
    log_loss: 'mean of \u2212log(probability of the observed class)',
    brier: 'mean squared error of the probabilities',
    mse: 'mean squared residual',
    rmse: 'root of the mean squared residual',
    mae: 'mean size of the residual',
    r2: 'share of the variance that is explained',
    max_error: 'largest size of a residual',
  },
  noRows: 'No row has both a known outcome and a prediction.',
  noneObserved: (label: string) => `No row was observed as ${label}.`,
  nonePredicted: (label: string) => `No row is predicted as ${label}.`,
  allObserved: (label: string) => `All rows were observed as ${label}.`,
  missingClasses: (labels: readonly string[]) =>
    labels.length === 1
      ? `No row was observed as ${labels[0]}.`
      : `${plural(labels.length, 'class', 'classes')} of the model were not observed.`,
  sameOutcome: 'All observed values are the same, or there is only one.',
  noChance: 'The probabilities of these rows are not known.',
  intervals: {
    wilson: "Wilson's interval",
    mean: 'mean \u00b1 1.96 standard errors',
    delta: 'delta method',
    delong: "DeLong's standard error",
    bootstrap: 'bootstrap, 200 resamples of at most 2,000 rows',
    ratio: 'standard error of a ratio of means',
  },
} as const;
