/** What is under the pointer or the cursor: a small card, spoken where it came by keyboard. */

import type { JSX } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ReadoutProps } from './types.ts';

const AWAY = 12;

export function Readout({ at, text, live, width }: ReadoutProps): JSX.Element {
  const ref = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const tip = ref.current;
    if (tip !== null) setSize({ width: tip.offsetWidth, height: tip.offsetHeight });
  }, [text]);
  const lines = text.split('\n');
  return (
    <>
      <div class="sr-only" aria-live="polite">
        {live && at ? lines.join('. ') : ''}
      </div>
      {at && text ? (
        <div ref={ref} class="tip" aria-hidden="true" style={placed(at, size, width)}>
          {lines.map((line, i) => (
            <div key={i}>{line}</div>
          ))}
        </div>
      ) : null}
    </>
  );
}

function placed(
  at: { readonly x: number; readonly y: number },
  size: { readonly width: number; readonly height: number },
  width: number,
): { left: string; top: string } {
  const right = at.x + AWAY + size.width <= width;
  const left = right ? at.x + AWAY : Math.max(0, at.x - AWAY - size.width);
  const above = at.y - AWAY - size.height;
  const top = above >= -20 ? above : at.y + AWAY;
  return { left: `${left}px`, top: `${top}px` };
}
