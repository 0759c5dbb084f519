/** Random numbers that are the same on every page and at every time. */

/** Return a function that gives numbers of [0, 1): mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Return so many of the positions below a count, ascending: all of them where there are fewer. */
export function sampleOf(count: number, most: number, seed = 1): Uint32Array {
  const random = randomFrom(seed);
  const taken = new Uint32Array(Math.min(count, most));
  // Selection sampling: each position is taken with the chance that is left for it.
  for (let at = 0, size = 0; size < taken.length; at++) {
    if (random() * (count - at) < taken.length - size) taken[size++] = at;
  }
  return taken;
}
