/** How well scores rank the rows of a class above all others: curves, and the areas under them. */

/** Rows by score, the largest first; equal scores are one step. */
export interface Ranked {
  readonly scores: Float64Array;
  /** Rows of the class, and of all others, at each step. */
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
  readonly positive: number;
  readonly negative: number;
}

/** A curve: what is on both axes, and the score at which each point stands. */
export interface Curve {
  readonly xs: Float64Array;
  readonly ys: Float64Array;
  readonly scores: Float64Array;
}

/** Return rows ranked by their score of a class. */
export function ranked(actual: ArrayLike<number>, scores: ArrayLike<number>, cls: number): Ranked {
  const own: number[] = [];
  const others: number[] = [];
  for (let i = 0; i < actual.length; i++) (actual[i] === cls ? own : others).push(scores[i]);
  // Sorted apart and merged: typed arrays sort faster than pairs do.
  const a = Float64Array.from(own).sort();
  const b = Float64Array.from(others).sort();
  const steps = new Float64Array(a.length + b.length);
  const positives = new Float64Array(steps.length);
  const negatives = new Float64Array(steps.length);
  let size = 0;
  for (let i = a.length - 1, j = b.length - 1; i >= 0 || j >= 0; size++) {
    const score = i < 0 ? b[j] : j < 0 ? a[i] : Math.max(a[i], b[j]);
    steps[size] = score;
    for (; i >= 0 && a[i] === score; i--) positives[size]++;
    for (; j >= 0 && b[j] === score; j--) negatives[size]++;
  }
  return {
    scores: steps.slice(0, size),
    positives: positives.slice(0, size),
    negatives: negatives.slice(0, size),
    positive: a.length,
    negative: b.length,
  };
}

/** Return the area under the ROC curve; NaN unless there are rows of the class and others. */
export function rocAuc(rows: Ranked): number {
  if (rows.positive === 0 || rows.negative === 0) return Number.NaN;
  let above = 0;
  let pairs = 0;
  for (let i = 0; i < rows.scores.length; i++) {
    pairs += rows.negatives[i] * (above + rows.positives[i] / 2);
    above += rows.positives[i];
  }
  return pairs / (rows.positive * rows.negative);
}

/**
 * Return the standard error of the area under the ROC curve.
 *
 * DeLong, DeLong and Clarke-Pearson (1988), doi:10.2307/2531595.
 */
export function rocAucError(rows: Ranked): number {
  const { positive, negative } = rows;
  if (positive < 2 || negative < 2) return Number.NaN;
  const auc = rocAuc(rows);
  let above = 0;
  let below = negative;
  let ofPositives = 0;
  let ofNegatives = 0;
  for (let i = 0; i < rows.scores.length; i++) {
    const p = rows.positives[i];
    const n = rows.negatives[i];
    below -= n;
    ofPositives += p * ((below + n / 2) / negative - auc) ** 2;
    ofNegatives += n * ((above + p / 2) / positive - auc) ** 2;
    above += p;
  }
  return Math.sqrt(
    ofPositives / ((positive - 1) * positive) + ofNegatives / ((negative - 1) * negative),
  );
}

/** Return the average precision; NaN where there is no row of the class. */
export function averagePrecision(rows: Ranked): number {
  if (rows.positive === 0) return Number.NaN;
  let hits = 0;
  let all = 0;
  let sum = 0;
  for (let i = 0; i < rows.scores.length; i++) {
    hits += rows.positives[i];
    all += rows.positives[i] + rows.negatives[i];
    sum += (rows.positives[i] / rows.positive) * (hits / all);
  }
  return sum;
}

/** Return the ROC curve: false positive rate and true positive rate, from (0, 0) to (1, 1). */
export function rocCurve(rows: Ranked): Curve {
  return curve(rows, (hits, wrong) => [wrong / rows.negative, hits / rows.positive], [0, 0]);
}

/** Return the precision-recall curve: recall and precision, from recall 0 to 1. */
export function prCurve(rows: Ranked): Curve {
  return curve(rows, (hits, wrong) => [hits / rows.positive, hits / (hits + wrong)], [0, 1]);
}

type Point = readonly [x: number, y: number];

function curve(rows: Ranked, at: (hits: number, wrong: number) => Point, first: Point): Curve {
  const size = rows.scores.length + 1;
  const xs = new Float64Array(size);
  const ys = new Float64Array(size);
  const scores = new Float64Array(size);
  [xs[0], ys[0]] = first;
  scores[0] = Number.POSITIVE_INFINITY;
  let hits = 0;
  let wrong = 0;
  for (let i = 1; i < size; i++) {
    hits += rows.positives[i - 1];
    wrong += rows.negatives[i - 1];
    [xs[i], ys[i]] = at(hits, wrong);
    scores[i] = rows.scores[i - 1];
  }
  return { xs, ys, scores };
}

/** What follows from taking a score as the threshold of a class. */
export interface SweepPoint {
  readonly threshold: number;
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly trueNegatives: number;
}

/** Return what would be predicted at thresholds (ascending): the class where score >= threshold. */
export function sweep(rows: Ranked, thresholds: ArrayLike<number>): readonly SweepPoint[] {
  const found: SweepPoint[] = [];
  let at = 0;
  let hits = 0;
  let wrong = 0;
  for (let i = thresholds.length - 1; i >= 0; i--) {
    for (; at < rows.scores.length && rows.scores[at] >= thresholds[i]; at++) {
      hits += rows.positives[at];
      wrong += rows.negatives[at];
    }
    found.push({
      threshold: thresholds[i],
      truePositives: hits,
      falsePositives: wrong,
      falseNegatives: rows.positive - hits,
      trueNegatives: rows.negative - wrong,
    });
  }
  return found.reverse();
}

/** As many points as a curve is drawn with. */
const MOST_POINTS = 400;

/**
 * Return at most so many points of a curve that goes right in x: those on which the line through
 * the chosen ones would miss most, first (Visvalingam's areas, on runs of equal length).
 */
export function thinned(line: Curve, most = MOST_POINTS): Curve {
  const size = line.xs.length;
  if (size <= most) return line;
  const chosen = [0];
  // Of each run the point that makes the largest triangle with its neighbours chosen.
  const width = (size - 2) / (most - 2);
  for (let run = 0; run < most - 2; run++) {
    const from = 1 + Math.floor(run * width);
    const to = 1 + Math.floor((run + 1) * width);
    chosen.push(sharpest(line, chosen[chosen.length - 1], from, to, Math.min(to, size - 1)));
  }
  chosen.push(size - 1);
  const taken = (cells: Float64Array): Float64Array => Float64Array.from(chosen, (i) => cells[i]);
  return { xs: taken(line.xs), ys: taken(line.ys), scores: taken(line.scores) };
}

function sharpest(line: Curve, before: number, from: number, to: number, after: number): number {
  const { xs, ys } = line;
  let best = from;
  let largest = -1;
  for (let i = from; i < to; i++) {
    const area = Math.abs(
      (xs[before] - xs[after]) * (ys[i] - ys[before]) -
        (xs[before] - xs[i]) * (ys[after] - ys[before]),
    );
    if (area > largest) {
      largest = area;
      best = i;
    }
  }
  return best;
}
