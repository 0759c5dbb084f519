/** Places in texts: Python counts code points, strings here count UTF-16 units. */

/** Return where each code point begins in units, and where the last one ends. */
export function unitsOf(text: string): Uint32Array {
  const units = new Uint32Array(text.length + 1);
  let [points, unit] = [0, 0];
  for (const one of text) {
    units[points++] = unit;
    unit += one.length;
  }
  units[points] = unit;
  return units.subarray(0, points + 1);
}

/** Return the code point that each unit belongs to; at the end, how many there are. */
export function pointsOf(text: string): Uint32Array {
  const points = new Uint32Array(text.length + 1);
  unitsOf(text).forEach((unit, point) => {
    points[unit] = point;
    // The second half of a pair.
    if (unit + 1 < points.length) points[unit + 1] = point;
  });
  return points;
}
