/** The confusion of classes, and the figures that follow from it, as scikit-learn has them. */

/** How many rows of each observed class were predicted as each class. */
export interface Confusion {
  readonly classes: number;
  /** [actual * classes + predicted] */
  readonly cells: Float64Array;
  readonly total: number;
}

/** Figures of one class against all others; NaN where they are not defined. */
export interface ClassFigures {
  /** Rows observed as this class. */
  readonly support: number;
  readonly predicted: number;
  readonly hits: number;
  readonly precision: number;
  readonly recall: number;
  readonly falsePositiveRate: number;
  readonly falseNegativeRate: number;
  readonly f1: number;
}

/** Return the confusion of class numbers. */
export function confusionOf(
  actual: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classes: number,
): Confusion {
  const cells = new Float64Array(classes * classes);
  for (let i = 0; i < actual.length; i++) cells[actual[i] * classes + predicted[i]]++;
  return { classes, cells, total: actual.length };
}

/** Return the confusion as its rows, one per observed class. */
export function rowsOf(confusion: Confusion): readonly Float64Array[] {
  const { classes, cells } = confusion;
  return Array.from({ length: classes }, (_, k) => cells.subarray(k * classes, (k + 1) * classes));
}

/** Return figures of every class. */
export function perClass(confusion: Confusion): readonly ClassFigures[] {
  const { classes, cells } = confusion;
  let total = 0;
  const ofActual = new Float64Array(classes);
  const ofPredicted = new Float64Array(classes);
  for (let a = 0; a < classes; a++) {
    for (let p = 0; p < classes; p++) {
      const n = cells[a * classes + p];
      total += n;
      ofActual[a] += n;
      ofPredicted[p] += n;
    }
  }
  return Array.from(ofActual, (support, k) => {
    const hits = cells[k * classes + k];
    const predicted = ofPredicted[k];
    const recall = divided(hits, support);
    return {
      support,
      predicted,
      hits,
      precision: divided(hits, predicted),
      recall,
      falsePositiveRate: divided(predicted - hits, total - support),
      falseNegativeRate: 1 - recall,
      f1: divided(2 * hits, support + predicted),
    };
  });
}

/** Return the share of rows predicted as observed. */
export function accuracy(confusion: Confusion): number {
  const { classes, cells } = confusion;
  let right = 0;
  let total = 0;
  for (let a = 0; a < classes; a++) right += cells[a * classes + a];
  for (const n of cells) total += n;
  return divided(right, total);
}

/** Return the mean recall of the classes that were observed. */
export function balancedAccuracy(each: readonly ClassFigures[]): number {
  return mean(each.map((one) => one.recall));
}

type Rate = 'precision' | 'recall' | 'falsePositiveRate' | 'falseNegativeRate' | 'f1';

/**
 * Return the mean of a figure over the classes that were observed or predicted. As in scikit-learn
 * a class that is never predicted has a precision of 0 in it, and one never observed a recall of 0;
 * rates of errors leave such classes out.
 */
export function macro(each: readonly ClassFigures[], rate: Rate): number {
  const present = each.filter((one) => one.support > 0 || one.predicted > 0);
  const counted = rate === 'precision' || rate === 'recall' || rate === 'f1';
  return mean(present.map((one) => (counted && Number.isNaN(one[rate]) ? 0 : one[rate])));
}

function divided(left: number, right: number): number {
  return right > 0 ? left / right : Number.NaN;
}

/** Mean of what is defined; NaN where nothing is. */
function mean(values: readonly number[]): number {
  const known = values.filter((value) => !Number.isNaN(value));
  return divided(
    known.reduce((sum, value) => sum + value, 0),
    known.length,
  );
}
