/** What each column adds to the prediction, before and after the edit. */

import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { Bars, ChartFrame, Legend } from '../../charts/index.ts';
import type { BarItem, Series, TableSpec } from '../../charts/types.ts';
import type { Answers, Attributions, Cells } from '../../model/evaluator.ts';
import { canRescale } from '../../state/attributions.ts';
import { measured } from '../../state/measure.ts';
import { unitOf } from '../../state/units.ts';
import { signed } from '../../text/numbers.ts';
import { Note } from '../../ui/index.ts';
import { type Answered, useAnswer } from '../shared/answers.ts';
import { addedOf } from './logic.ts';
import { type Contribution, contributionsOf } from './outcome.ts';
import type { Bench } from './state.ts';
import { strings } from './strings.ts';

const MOST = 12;

export function Contributions({ bench }: { readonly bench: Bench }): JSX.Element {
  const { before, after, changes } = bench.edited.value;
  const was = useAttributions(bench, before);
  const now = useAttributions(bench, after);
  const error = was.error ?? now.error;
  if (error !== null) return <Note kind="warning">{strings.failed(error)}</Note>;
  if (was.value === null || now.value === null) {
    const isPending = was.isPending || now.isPending;
    return <Note>{isPending ? strings.loading : strings.attributionsNone}</Note>;
  }
  return (
    <section class="card">
      <div class={was.isPending || now.isPending ? 'unanswered' : undefined}>
        <BarsOf bench={bench} both={[was.value, now.value]} isEdited={changes.length > 0} />
      </div>
    </section>
  );
}

/** Milliseconds the last attributions of a model took: slow ones wait until a drag rests. */
const costs = new WeakMap<Answers, number>();
const SLOW = 15;
const PAUSE = 120;

function useAttributions({ answers, wait }: Bench, cells: Cells): Answered<Attributions | null> {
  const isSlow = (costs.get(answers) ?? 0) > SLOW;
  return useAnswer<Attributions | null>(
    () => {
      const start = performance.now();
      const made = measured('mlx-attributions', () => answers.attribute(cells));
      if (!(made instanceof Promise)) costs.set(answers, performance.now() - start);
      return made;
    },
    [cells],
    Math.max(wait, isSlow ? PAUSE : 0),
  );
}

interface BarsOfProps {
  readonly bench: Bench;
  /** Of the row, and of the edited one. */
  readonly both: readonly [Attributions, Attributions];
  readonly isEdited: boolean;
}

function BarsOf({ bench, both, isEdited }: BarsOfProps): JSX.Element {
  const { store } = bench;
  const view = store.page.views[0];
  const { output, sign } = bench.place.value;
  const asProbability = store.scale.value === 'probability' && canRescale(view);
  const added = useMemo(
    () => both.map((one) => addedOf(one, output, sign, asProbability).rows[0]),
    [...both, output, sign, asProbability],
  );
  const [before, after] = added;
  const { shown, rest, left } = contributionsOf(before, after, MOST);
  const all = rest === null ? shown : [...shown, rest];
  const nameOf = (one: Contribution) =>
    one.feature < 0 ? strings.rest(left) : view.spec.features[one.feature];
  const items: BarItem[] = all.map((one) => ({
    label: nameOf(one),
    values: isEdited ? [one.before, one.after] : [one.before],
    muted: one.feature < 0,
  }));
  const unit = asProbability ? strings.probability : unitOf(view.spec.space);
  const unitText = isEdited ? strings.unitNote(unit) : strings.unitOnly(unit);
  const first = shown[0];
  const text = isEdited ? signed(first.after - first.before) : signed(first.before);
  const said = isEdited ? strings.attributionsMoved : strings.attributionsNow;
  return (
    <ChartFrame
      title={strings.attributions(bench.names[bench.output.value] ?? strings.thePrediction)}
      summary={said(nameOf(first), text)}
      table={() => tableOf(all, nameOf)}
      legend={
        isEdited ? (
          <Legend series={SERIES} />
        ) : (
          <Legend signs={{ positive: strings.raises, negative: strings.lowers }} />
        )
      }
      note={bench.isSurrogate ? `${strings.standInBars} ${unitText}` : unitText}
    >
      <Bars
        label={strings.attributions(bench.names[bench.output.value] ?? strings.thePrediction)}
        items={items}
        series={isEdited ? SERIES : SERIES.slice(0, 1)}
        signed
        axisTitle={unit}
      />
    </ChartFrame>
  );
}

const SERIES: readonly Series[] = [
  { name: strings.before, colour: 0 },
  { name: strings.after, colour: 1 },
];

function tableOf(all: readonly Contribution[], nameOf: (one: Contribution) => string): TableSpec {
  const numeric = (title: string, of: (one: Contribution) => number) => ({
    title,
    numeric: true,
    value: (i: number) => of(all[i]),
    text: (i: number) => signed(of(all[i])),
  });
  return {
    count: all.length,
    columns: [
      { title: strings.feature, value: (i) => nameOf(all[i]) },
      numeric(strings.before, (one) => one.before),
      numeric(strings.after, (one) => one.after),
      numeric(strings.change, (one) => one.after - one.before),
    ],
  };
}
