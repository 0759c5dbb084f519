/** Log-odds as probability: the link, and attributions scaled row by row so that they sum to one. */

/** Nearer to the base value the chord is the tangent: shorter ones lose their digits. */
const FLAT = 1e-9;

/**
 * What each slot adds to the probabilities of two classes, (rows, 2, slots).
 *
 * @param values what it adds to the log-odds, (rows, slots)
 * @param base base value of the log-odds
 */
export function ofProbabilities(values: Float64Array, slots: number, base: number): Float64Array {
  const rows = slots === 0 ? 0 : values.length / slots;
  const out = new Float64Array(rows * 2 * slots);
  for (let row = 0; row < rows; row++) {
    let away = 0;
    for (let slot = 0; slot < slots; slot++) away += values[row * slots + slot];
    const steepness = slopeOf(base, away);
    for (let slot = 0; slot < slots; slot++) {
      const added = values[row * slots + slot] * steepness;
      out[row * 2 * slots + slot] = -added;
      out[(row * 2 + 1) * slots + slot] = added;
    }
  }
  return out;
}

/** Slope of the logistic function's chord from the base to a row. */
export function slopeOf(base: number, away: number): number {
  const start = logistic(base);
  if (Math.abs(away) < FLAT) return start * (1 - start);
  return (logistic(base + away) - start) / away;
}

/** Probability of log-odds; no power of a large number is taken. */
export function logistic(x: number): number {
  return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
}
