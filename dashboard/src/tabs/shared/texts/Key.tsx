/** What colours and lines of a text mean. */

import type { JSX } from 'preact';
import { short } from '../../../text/numbers.ts';
import { LEVELS } from './logic.ts';
import { strings } from './strings.ts';

interface KeyProps {
  readonly largest: number;
  readonly unit: string;
}

export function Key({ largest, unit }: KeyProps): JSX.Element {
  return (
    <ul class="legend">
      <Steps sign="raises" text={strings.raises} />
      <Steps sign="lowers" text={strings.lowers} />
      <li>{strings.scale(short(largest), unit)}</li>
    </ul>
  );
}

function Steps({ sign, text }: { sign: 'raises' | 'lowers'; text: string }): JSX.Element {
  return (
    <li>
      <span class="words-key" aria-hidden="true">
        {Array.from({ length: LEVELS }, (_, i) => (
          <span key={i} class={`word ${sign} level-${i + 1}`}>
            {'\u00a0\u00a0'}
          </span>
        ))}
      </span>
      <span>{text}</span>
    </li>
  );
}
