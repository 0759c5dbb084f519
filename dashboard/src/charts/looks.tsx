/** The three looks of cohorts, and the shapes of classes: colour is never alone. */

import type { JSX } from 'preact';
import type { Look } from './types.ts';

export const DASHES = ['', '7 4', '2 3', '8 3 2 3'] as const;

/** Class name of a look. */
export function lookClass(look: Look | undefined): string {
  return look === undefined ? 'look-accent' : `cohort-${look}`;
}

/** Hatches that lie over the fill of the second and third look. */
export function Hatches({ id }: { id: string }): JSX.Element {
  return (
    <defs>
      <pattern
        id={`${id}-1`}
        width="6"
        height="6"
        patternUnits="userSpaceOnUse"
        patternTransform="rotate(45)"
      >
        <rect width="1.6" height="6" fill="var(--surface)" fill-opacity="0.7" />
      </pattern>
      <pattern id={`${id}-2`} width="5" height="5" patternUnits="userSpaceOnUse">
        <circle cx="2.5" cy="2.5" r="1.1" fill="var(--surface)" fill-opacity="0.8" />
      </pattern>
    </defs>
  );
}

interface PatchProps {
  readonly id: string;
  readonly look: Look;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly radius?: number;
  /** Another colour than the look's: signs. */
  readonly tone?: string;
  readonly opacity?: number;
}

/** A filled rectangle in a look. */
export function Patch(props: PatchProps): JSX.Element {
  const { id, look, tone, opacity, radius = 2, ...box } = props;
  return (
    <>
      <rect
        {...box}
        rx={radius}
        class={`fill-look ${tone ?? `cohort-${look}`}`}
        fill-opacity={opacity}
      />
      {look > 0 && tone === undefined ? (
        <rect {...box} rx={radius} fill={`url(#${id}-${look})`} />
      ) : null}
    </>
  );
}
