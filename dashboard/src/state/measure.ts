/** Marks of how long things take, as the browser's own performance entries. */

/** Run something, and leave a measure of this name when it is done, a promise too. */
export function measured<T>(name: string, work: () => T): T {
  const start = performance.now();
  const mark = () => performance.measure(name, { start, end: performance.now() });
  const result = work();
  if (result instanceof Promise) result.then(mark, mark);
  else mark();
  return result;
}
