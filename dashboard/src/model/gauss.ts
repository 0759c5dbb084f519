/** Gauss-Legendre rules on [0, 1], and what a feature gains in a product of two rows. */

export interface Rule {
  readonly points: Float64Array;
  readonly weights: Float64Array;
}

const rules: Rule[] = [];

/** The rule of n points: exact for polynomials of degree up to 2 n - 1. */
export function gauss(n: number): Rule {
  rules[n] ??= made(n);
  return rules[n];
}

function made(n: number): Rule {
  const points = new Float64Array(n);
  const weights = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
    let slope = 0;
    // Newton's steps converge quadratically: from this start four are enough.
    for (let step = 0; step < 8; step++) {
      const [value, derivative] = legendre(n, x);
      slope = derivative;
      x -= value / derivative;
    }
    points[i] = (x + 1) / 2;
    weights[i] = 1 / ((1 - x * x) * slope * slope);
  }
  return { points, weights };
}

/** Value and derivative of the Legendre polynomial of degree n. */
function legendre(n: number, x: number): [number, number] {
  let before = 1;
  let value = x;
  for (let k = 2; k <= n; k++) {
    [before, value] = [value, ((2 * k - 1) * x * value - (k - 1) * before) / k];
  }
  if (n === 0) return [1, 0];
  return [value, (n * (x * value - before)) / (x * x - 1)];
}

/**
 * (a-1)! b! / (a+b)! for a and b up to `degree`, row after row: what a feature adds to a product of
 * 1 if it is one of `a` that only the row has, against `b` that only the other row has.
 */
export function gains(degree: number): Float64Array {
  const width = degree + 1;
  const gain = new Float64Array(width * width);
  for (let a = 1; a <= degree; a++) {
    gain[a * width] = 1 / a;
    for (let b = 1; b <= degree; b++) {
      gain[a * width + b] = (gain[a * width + b - 1] * b) / (a + b);
    }
  }
  return gain;
}
