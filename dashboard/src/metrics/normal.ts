/** The normal distribution. */

/** Return a quantile of the normal distribution: Acklam's approximation, good to nine digits. */
export function normalQuantile(share: number): number {
  if (share < 0.5) return -normalQuantile(1 - share);
  if (share > 0.97575) return ofTail(1 - share);
  const q = share - 0.5;
  const r = q * q;
  return (q * polynomial(TOP, r)) / polynomial(BOTTOM, r);
}

const TOP = [
  -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
  2.506628277459239,
];
const BOTTOM = [
  -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572,
  1,
];
const TAIL_TOP = [
  -7.784894002430293e-3, -0.3223964580411365, -2.400758277161838, -2.549732539343734,
  4.374664141464968, 2.938163982698783,
];
const TAIL_BOTTOM = [
  7.784695709041462e-3, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1,
];

/** Of the share that lies above. */
function ofTail(above: number): number {
  const q = Math.sqrt(-2 * Math.log(above));
  return -polynomial(TAIL_TOP, q) / polynomial(TAIL_BOTTOM, q);
}

function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}
