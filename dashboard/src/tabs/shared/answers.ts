/** Answers that may come later: from a server, or from a long sweep. */

import { useLayoutEffect, useState } from 'preact/hooks';

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
