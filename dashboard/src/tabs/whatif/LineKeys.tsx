/** What the lines of curves are: colour, dashes and width as they are drawn. */

import type { JSX } from 'preact';
import { DASHES, lookClass } from '../../charts/looks.tsx';
import type { LineSeries } from '../../charts/types.ts';

export function LineKeys({ lines }: { readonly lines: readonly LineSeries[] }): JSX.Element {
  return (
    <ul class="legend">
      {lines
        .filter((line) => !line.faint)
        .map(({ name, colour, dash, strong }, i) => (
          <li key={`${i} ${name}`}>
            <svg width="30" height="10" aria-hidden="true" class={lookClass(colour)}>
              <path
                d="M1 5H29"
                stroke="var(--look)"
                stroke-width={strong ? 3 : 2}
                stroke-dasharray={DASHES[dash ?? colour ?? 0]}
              />
            </svg>
            <span class="name wide" title={name}>
              {name}
            </span>
          </li>
        ))}
    </ul>
  );
}
