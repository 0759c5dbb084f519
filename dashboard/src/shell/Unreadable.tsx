/** Shown instead of the page where it cannot be read. */

import type { JSX } from 'preact';
import { strings } from './strings.ts';

export function Unreadable({ reason }: { readonly reason: string }): JSX.Element {
  return (
    <main class="unreadable">
      <div role="alert">
        <h1>{strings.unreadable}</h1>
        <p>{reason}</p>
      </div>
    </main>
  );
}
