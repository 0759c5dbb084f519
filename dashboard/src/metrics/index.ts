/** Figures of how good predictions are: pure functions, equal to scikit-learn's. */

export {
  type CalibrationBin,
  calibration,
  calibrationError,
  type Strategy,
} from './calibration.ts';
export {
  type ClassFigures,
  type Confusion,
  confusionOf,
  perClass,
  rowsOf as confusionRows,
} from './confusion.ts';
export {
  CHANCE_METRICS,
  type ClassRow,
  chanceFigures,
  classRows,
  type Figure,
  type Figures,
  LABEL_METRICS,
  labelFigures,
  type Metric,
  type MetricId,
  VALUE_METRICS,
  valueEstimates,
} from './figures.ts';
export { type Difference, difference, type Estimate, share, Z95 } from './intervals.ts';
export {
  type Outcomes,
  OWN_THRESHOLD,
  outcomesOf,
  predictionAt,
  withChance,
} from './outcomes.ts';
export { overallOf, type Quality } from './overall.ts';
export { randomFrom, sampleOf } from './random.ts';
export {
  averagePrecision,
  type Curve,
  prCurve,
  type Ranked,
  ranked,
  rocAuc,
  rocCurve,
  type SweepPoint,
  sweep,
  thinned,
} from './ranking.ts';
export { strings as metricStrings } from './strings.ts';
