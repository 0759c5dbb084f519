/** Numbers that tell of many numbers: ends, quantiles, means, spreads. */

/** Sorted finite values. */
export function sortedFinite(values: ArrayLike<number>): Float64Array {
  return Float64Array.from(values).filter(Number.isFinite).sort();
}

/** Quantile of sorted values, linear between neighbours as numpy's; NaN of nothing. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) return Number.NaN;
  const place = (sorted.length - 1) * share;
  const i = Math.min(sorted.length - 1, Math.floor(place));
  const [a, b] = [sorted[i], sorted[Math.min(sorted.length - 1, i + 1)]];
  const part = place - i;
  // As numpy: from the nearer end, so that equal ends give themselves.
  return part < 0.5 ? a + (b - a) * part : b - (b - a) * (1 - part);
}

/** Return the mean; NaN of nothing. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return values.length > 0 ? sum / values.length : Number.NaN;
}

/** Standard deviation of the finite values, by their number; 0 below two of them. */
export function deviation(values: ArrayLike<number>): number {
  let known = 0;
  let center = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) continue;
    known++;
    // Step by step (Welford's way): numbers as large as times keep their digits.
    const step = values[i] - center;
    center += step / known;
    squares += step * (values[i] - center);
  }
  return known < 2 ? 0 : Math.sqrt(squares / known);
}

/** Smallest and largest finite number among all; [0, 1] where there is none. */
export function extentOf(...all: readonly ArrayLike<number>[]): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const values of all) {
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (value < low && value !== Number.NEGATIVE_INFINITY) low = value;
      if (value > high && value !== Number.POSITIVE_INFINITY) high = value;
    }
  }
  return low <= high ? [low, high] : [0, 1];
}

/** Positions of numbers, the largest first; unknown ones count as 0, equal ones keep their order. */
export function largestFirst(values: ArrayLike<number>): number[] {
  const order = Array.from({ length: values.length }, (_, i) => i);
  return order.sort((a, b) => (values[b] || 0) - (values[a] || 0));
}

/** At most so many of the values, evenly taken, the first among them. */
export function someOf(values: ArrayLike<number>, most: number): number[] {
  const step = Math.max(1, values.length / most);
  return Array.from(
    { length: Math.min(most, values.length) },
    (_, i) => values[Math.floor(i * step)],
  );
}
