/** Words of the controls. */

import { count } from '../text/numbers.ts';

export const strings = {
  close: 'Close',
  missing: 'missing',
  ticked: 'Ticked',
  emptyTable: 'Nothing to list.',
  previous: 'Previous',
  next: 'Next',
  shown: (from: number, to: number, all: number) =>
    `${count(from)}\u2013${count(to)} of ${count(all)}`,
  pager: (label: string) => `Pages of ${label}`,
} as const;
