/** Sets of rows as sorted positions, and as one bit each. */

/** Return the positions at which a test holds, ascending. */
export function where(count: number, holds: (row: number) => boolean): Uint32Array {
  const found = new Uint32Array(count);
  let size = 0;
  for (let row = 0; row < count; row++) if (holds(row)) found[size++] = row;
  return found.slice(0, size);
}

/** Return all positions below a count. */
export function everyRow(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, row) => row);
}
