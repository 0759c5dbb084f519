/** Functions of one number that preprocessing uses. */

import type { Operation } from './types.ts';

type Name = Extract<Operation, { op: 'apply' }>['name'];

const FUNCTIONS: Readonly<Record<Name, (x: number) => number>> = {
  log: Math.log,
  log1p: Math.log1p,
  log2: Math.log2,
  log10: Math.log10,
  exp: Math.exp,
  expm1: Math.expm1,
  sqrt: Math.sqrt,
  square: (x) => x * x,
  abs: Math.abs,
  sign: Math.sign,
  reciprocal: (x) => 1 / x,
  negative: (x) => -x,
  float32: Math.fround,
};

export function functionOf(name: Name): (x: number) => number {
  return FUNCTIONS[name];
}

/** Yeo-Johnson or Box-Cox. */
export function powered(method: 'yeo-johnson' | 'box-cox', lambda: number): (x: number) => number {
  const upward = (log: number) => (lambda === 0 ? log : Math.expm1(lambda * log) / lambda);
  if (method === 'box-cox') return (x) => upward(Math.log(x));
  const back = 2 - lambda;
  return (x) => {
    if (x >= 0) return upward(Math.log1p(x));
    const log = Math.log1p(-x);
    return back === 0 ? -log : -Math.expm1(back * log) / back;
  };
}

/** Number of edges at most x; NaN stays. */
export function rankRight(edges: readonly number[], x: number): number {
  if (Number.isNaN(x)) return x;
  let from = 0;
  let to = edges.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (edges[middle] <= x) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Piecewise linear, flat outside; NaN stays. */
export function interpolated(xs: readonly number[], ys: readonly number[], x: number): number {
  const after = rankRight(xs, x);
  if (Number.isNaN(after)) return x;
  if (after === 0) return ys[0];
  if (after === xs.length) return ys[after - 1];
  const before = after - 1;
  const slope = (ys[after] - ys[before]) / (xs[after] - xs[before]);
  return ys[before] + slope * (x - xs[before]);
}
