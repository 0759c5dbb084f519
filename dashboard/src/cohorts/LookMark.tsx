/** The mark by which a group is known wherever it is drawn. */

import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import { Hatches, Patch } from '../charts/looks.tsx';
import type { Look } from '../charts/types.ts';

export function LookMark({ look }: { look: Look | null }): JSX.Element {
  const id = useId();
  return (
    <svg class="look-mark" width="14" height="14" aria-hidden="true">
      <Hatches id={id} />
      {look === null ? (
        <rect x="1" y="1" width="12" height="12" rx="2" fill="none" stroke="var(--line-strong)" />
      ) : (
        <Patch id={id} look={look} x={0} y={0} width={14} height={14} />
      )}
    </svg>
  );
}
