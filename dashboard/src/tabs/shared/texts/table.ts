/** The tokens of a text as a table. */

import type { TableSpec } from '../../../charts/types.ts';
import { signed } from '../../../text/numbers.ts';
import { pointsOf } from '../../../text/points.ts';
import { type Explained, invisible, type Mark, spoken } from './logic.ts';
import { strings } from './strings.ts';

/** Places as Python counts them, in code points; with `take` each token can be taken out. */
export function tableOf(
  { document, tokens, sum }: Explained,
  take?: (mark: Mark) => void,
): TableSpec {
  const points = pointsOf(document.text);
  const place = (at: number) => points[at];
  const textAt = (i: number) => document.text.slice(tokens[i].start, tokens[i].end);
  return {
    count: tokens.length,
    ...(take === undefined
      ? {}
      : {
          action: {
            text: strings.without.tokens,
            label: (i) => strings.withoutThis(spoken(textAt(i))),
            run: (i) => take(tokens[i]),
          },
        }),
    columns: [
      { title: strings.token, value: (i) => invisible(textAt(i)) ?? spoken(textAt(i)), wrap: true },
      {
        title: strings.start,
        numeric: true,
        value: (i) => place(tokens[i].start),
        text: (i) => String(place(tokens[i].start)),
      },
      {
        title: strings.end,
        numeric: true,
        value: (i) => place(tokens[i].end),
        text: (i) => String(place(tokens[i].end)),
      },
      {
        title: strings.sentence,
        numeric: true,
        value: (i) => tokens[i].sentence + 1,
        text: (i) => String(tokens[i].sentence + 1),
      },
      {
        title: strings.importance(sum.unit),
        numeric: true,
        value: (i) => tokens[i].value,
        text: (i) => signed(tokens[i].value),
      },
    ],
  };
}
