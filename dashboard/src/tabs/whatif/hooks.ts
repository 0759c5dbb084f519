/** Answers that may come later: from a server, or from a long sweep. */

import { useLayoutEffect, useState } from 'preact/hooks';
import type { Answers } from '../../model/evaluator.ts';
import { someOf } from './sweep.ts';

export interface Answered<T> {
  /** The last answer, until there is a new one. */
  readonly value: T | null;
  readonly isPending: boolean;
  /** Why there is none. */
  readonly error: string | null;
}

/** Works something out when what it depends on changes, and keeps the last answer meanwhile. */
export function useAnswer<T>(
  work: () => T | Promise<T>,
  on: readonly unknown[],
  wait = 0,
): Answered<T> {
  const [answered, setAnswered] = useState<Answered<T>>(NOTHING);
  useLayoutEffect(() => {
    let isCurrent = true;
    const done = (next: Answered<T>) => {
      if (isCurrent) setAnswered(next);
    };
    const fail = (error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      done({ value: null, isPending: false, error: why });
    };
    const start = () => {
      try {
        const result = work();
        if (!(result instanceof Promise)) {
          done({ value: result, isPending: false, error: null });
          return;
        }
        result.then((value) => done({ value, isPending: false, error: null }), fail);
      } catch (error) {
        fail(error);
      }
    };
    setAnswered((last) => (last.isPending ? last : { ...last, isPending: true }));
    const timer = wait > 0 ? setTimeout(start, wait) : undefined;
    if (wait === 0) start();
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, on);
  return answered;
}

const NOTHING = { value: null, isPending: true, error: null };

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
