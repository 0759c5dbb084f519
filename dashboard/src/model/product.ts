/**
 * Shapley values of products, as of a kernel's support vector against one background row:
 * v(S) = prod_{j in S} p_j prod_{j not in S} q_j, all factors in [0, 1]. By Owen's integral they are
 * phi_j = (p_j - q_j) int prod_{l != j} (q_l + t (p_l - q_l)) dt.
 *
 * Half as many Gauss-Legendre points as features are exact. Fewer serve where it is proven that
 * they do, by the bound of `mlflow_explain.engines.product_kernel`: n points err, all features
 * together, by at most prod_j (m_j + s d_j) / (s^(2 n + 1) binomial(2 n, n)^2), with m_j the larger
 * factor, d_j the difference and any s > 0; and a product whose larger factors multiply to almost
 * nothing is left out.
 */

import { gauss } from './gauss.ts';

/** Error of one product's values, in units of its weight. */
const TOLERANCE = 1e-13;
/** The s of the bound. */
const SPREAD = 8;

const errors: number[] = [];

/** 1 / (s^(2 n + 1) binomial(2 n, n)^2) */
function errorOf(n: number): number {
  if (errors[n] === undefined) {
    let binomial = 1;
    for (let k = 1; k <= n; k++) binomial *= (n + k) / k;
    errors[n] = 1 / (SPREAD ** (2 * n + 1) * binomial * binomial);
  }
  return errors[n];
}

/** Points that are enough; 0 where nothing is worth adding. */
function pointsFor(p: Float64Array, q: Float64Array, at: number): number {
  let largest = 1;
  let growth = 1;
  for (let j = 0; j < p.length; j++) {
    const more = Math.max(p[j], q[at + j]);
    largest *= more;
    growth *= more + SPREAD * Math.abs(p[j] - q[at + j]);
  }
  if (2 * largest <= TOLERANCE) return 0;
  const exact = Math.max(1, Math.ceil(p.length / 2));
  let n = 1;
  while (n < exact && !(errorOf(n) * growth <= TOLERANCE)) n++;
  return n;
}

/** Memory of `addProduct`. */
interface Scratch {
  readonly before: Float64Array;
  readonly integral: Float64Array;
}

export function scratchOf(features: number): Scratch {
  return { before: new Float64Array(features), integral: new Float64Array(features) };
}

/** Adds the weighted values of one product; the other row's factors begin at `at` of `q`. */
export function addProduct(
  p: Float64Array,
  q: Float64Array,
  at: number,
  weight: number,
  { before, integral }: Scratch,
  out: Float64Array,
  to: number,
): void {
  const n = pointsFor(p, q, at);
  if (n === 0) return;
  const { points, weights } = gauss(n);
  integral.fill(0);
  for (let k = 0; k < n; k++) {
    const t = points[k];
    let running = weights[k];
    for (let j = 0; j < p.length; j++) {
      before[j] = running;
      running *= (1 - t) * q[at + j] + t * p[j];
    }
    running = 1;
    for (let j = p.length - 1; j >= 0; j--) {
      integral[j] += before[j] * running;
      running *= (1 - t) * q[at + j] + t * p[j];
    }
  }
  for (let j = 0; j < p.length; j++) out[to + j] += weight * (p[j] - q[at + j]) * integral[j];
}
