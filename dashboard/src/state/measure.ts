/** Marks of how long things take, as the browser's own performance entries. */

/** Run something, and leave a measure of this name. */
export function measured<T>(name: string, work: () => T): T {
  const start = performance.now();
  const result = work();
  performance.measure(name, { start, end: performance.now() });
  return result;
}
