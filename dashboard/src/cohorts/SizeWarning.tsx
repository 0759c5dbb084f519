/** Said where figures of a group say little. */

import type { JSX } from 'preact';
import { FEW_ROWS } from '../state/cohorts.ts';
import { Badge } from '../ui/index.ts';
import { strings } from './strings.ts';

export function SizeWarning({ rows }: { rows: number }): JSX.Element | null {
  if (rows >= FEW_ROWS) return null;
  return (
    <Badge kind="warning" title={strings.few(FEW_ROWS)}>
      {rows === 0 ? strings.empty : strings.fewShort}
    </Badge>
  );
}
