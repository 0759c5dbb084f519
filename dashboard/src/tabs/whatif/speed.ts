/** How quick a model answers. */

import type { Answers } from '../../model/evaluator.ts';
import { someOf } from '../../stats/summary.ts';

const speeds = new WeakMap<Answers, number>();
/** Rows a second, of a server that is not timed. */
const OF_A_SERVER = 20_000;
const TIMED = 256;

/** Rows a second that are predicted here: what sweeps may ask depends on it. */
export function speedOf(answers: Answers, rows: number): number {
  const known = speeds.get(answers);
  if (known !== undefined) return known;
  const some = someOf(
    Array.from({ length: rows }, (_, row) => row),
    TIMED,
  );
  const cells = answers.cellsOf(some);
  let speed = OF_A_SERVER;
  // The first call is not representative: code is compiled while it runs.
  for (let call = 0; call < 3; call++) {
    const start = performance.now();
    const result = answers.predict(cells);
    if (result instanceof Promise) break;
    const seconds = Math.max(1e-4, (performance.now() - start) / 1000);
    speed = call === 0 ? some.length / seconds : Math.max(speed, some.length / seconds);
  }
  speeds.set(answers, speed);
  return speed;
}
