/** The strongest marks of a text as bars. */

import type { JSX } from 'preact';
import { Bars, ChartFrame } from '../../../charts/index.ts';
import { signed } from '../../../text/numbers.ts';
import { type By, type Mark, spoken } from './logic.ts';
import { strings } from './strings.ts';

const MOST_BARS = 12;

interface StrongestProps {
  readonly by: By;
  readonly marks: readonly Mark[];
  /** Positions of all that have an importance, the strongest first. */
  readonly strongest: readonly number[];
  readonly textAt: (mark: Mark) => string;
  readonly unit: string;
  readonly at: number;
  readonly onAt: (mark: number) => void;
}

export function Strongest(props: StrongestProps): JSX.Element {
  const { by, marks, textAt, unit, at } = props;
  const strongest = props.strongest.slice(0, MOST_BARS);
  const items = strongest.map((i) => ({
    label: spoken(textAt(marks[i]), 40),
    values: [marks[i].value],
    detail: `${strings.sentence} ${marks[i].sentence + 1}`,
  }));
  const picked = strongest.indexOf(at);
  return (
    <ChartFrame
      title={strings.strongest[by]}
      summary={strings.strongestSummary[by]}
      table={() => ({
        count: items.length,
        columns: [
          { title: strings.token, value: (i) => items[i].label, wrap: true },
          {
            title: strings.importance(unit),
            numeric: true,
            value: (i) => items[i].values[0],
            text: (i) => signed(items[i].values[0]),
          },
        ],
      })}
    >
      <Bars
        label={strings.strongest[by]}
        series={[{ name: strings.strongest[by], colour: 0 }]}
        signed
        items={items}
        axisTitle={strings.importance(unit)}
        {...(picked >= 0 ? { picked } : {})}
        onPick={(i) => props.onAt(strongest[i])}
      />
    </ChartFrame>
  );
}
