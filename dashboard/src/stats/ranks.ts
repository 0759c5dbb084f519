/** Ranks, and how far two quantities rise together. */

/** Return ranks from 1, the mean of the ranks for values that are equal; values are finite. */
export function ranksOf(values: Float64Array): Float64Array {
  // Sorting numbers alone is many times quicker than sorting positions by them.
  const sorted = Float64Array.from(values).sort();
  const distinct = new Float64Array(sorted.length);
  const rank = new Float64Array(sorted.length);
  let size = 0;
  for (let start = 0; start < sorted.length; ) {
    let end = start + 1;
    while (end < sorted.length && sorted[end] === sorted[start]) end++;
    distinct[size] = sorted[start];
    rank[size++] = (start + 1 + end) / 2;
    start = end;
  }
  return values.map((value) => rank[placeOf(distinct, size, value)]);
}

/** Position of a number among sorted ones. */
function placeOf(sorted: Float64Array, size: number, value: number): number {
  let low = 0;
  let high = size - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (sorted[middle] <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Rank correlation, and the number of pairs it is of. */
export interface Association {
  /** Spearman's; NaN where one of the two does not vary. */
  readonly rho: number;
  readonly pairs: number;
}

/** Return Spearman's rank correlation over the pairs of which both are finite. */
export function spearman(xs: ArrayLike<number>, ys: ArrayLike<number>): Association {
  const kept: number[] = [];
  for (let i = 0; i < xs.length; i++) {
    if (Number.isFinite(xs[i]) && Number.isFinite(ys[i])) kept.push(i);
  }
  const left = ranksOf(Float64Array.from(kept, (i) => xs[i]));
  const right = ranksOf(Float64Array.from(kept, (i) => ys[i]));
  return { rho: correlation(left, right), pairs: kept.length };
}

/** Return Pearson's correlation; NaN where one of the two does not vary. */
export function correlation(xs: Float64Array, ys: Float64Array): number {
  const n = xs.length;
  if (n < 2) return Number.NaN;
  let meanX = 0;
  let meanY = 0;
  for (let i = 0; i < n; i++) {
    meanX += xs[i] / n;
    meanY += ys[i] / n;
  }
  let both = 0;
  let ofX = 0;
  let ofY = 0;
  for (let i = 0; i < n; i++) {
    const x = xs[i] - meanX;
    const y = ys[i] - meanY;
    both += x * y;
    ofX += x * x;
    ofY += y * y;
  }
  return ofX === 0 || ofY === 0 ? Number.NaN : both / Math.sqrt(ofX * ofY);
}
