/** Names of what is known of rows, and of the group of all of them. */

export const strings = {
  allRows: 'All data',
  prediction: 'Prediction',
  predictedClass: 'Predicted class',
  observedValue: 'Observed value',
  observedClass: 'Observed class',
  correct: 'Correct',
  error: 'Kind of error',
  residual: 'Residual',
  absoluteResidual: '|Residual|',
  /** Several targets: predictions and outcomes are of one of them. */
  ofTarget: (name: string, target: string | null) =>
    target === null ? name : `${name} (${target})`,
  probabilityOf: (label: string) => `Probability of ${label}`,
  importanceOf: (feature: string, label: string | null, unit: string | null) =>
    `Importance of ${feature}${label === null ? '' : ` for ${label}`}` +
    (unit === null ? '' : ` (${unit})`),
  notHeld: (name: string) => `This page does not hold ${name}.`,
  noSuchLabel: (name: string, labels: readonly string[]) =>
    `\u201c${name}\u201d has no value ${labels.map((label) => `\u201c${label}\u201d`).join(', ')} in this page.`,
  notNumbers: (name: string) =>
    `\u201c${name}\u201d holds numbers, and is compared with something else.`,
  noOrder: (name: string) =>
    `\u201c${name}\u201d holds labels, which have no order: list those that belong to the cohort.`,
} as const;
