/** Partial dependence under the dependence plot: what the model says over a sweep of values. */

import type { JSX } from 'preact';
import { Bars, ChartFrame, Lines } from '../../charts/index.ts';
import { ice, meanCurve, readerOf } from '../../model/curves.ts';
import { type ColumnData, isLabelled } from '../../payload/columns.ts';
import { type Store, useStore } from '../../state/store.ts';
import { extentOf, someOf } from '../../stats/summary.ts';
import { short } from '../../text/numbers.ts';
import { Note, Switch } from '../../ui/index.ts';
import { useAnswer } from '../shared/answers.ts';
import { cellsAt } from '../shared/columns.ts';
import { gridOf } from './grid.ts';
import { stateOf } from './state.ts';
import { strings } from './strings.ts';

const ROWS = 50;
const CURVES = 25;

interface Curves {
  /** Numbers, or codes of labels. */
  readonly grid: readonly number[];
  /** (rows, grid) */
  readonly curves: Float64Array;
  readonly rows: number;
}

export function PartialDependence({ column }: { column: ColumnData }): JSX.Element | null {
  const store = useStore();
  const { withModel } = stateOf(store);
  const { evaluator } = store;
  if (evaluator === null || evaluator.absent.includes(column.name)) return null;
  if (store.view.value !== store.page.views[0]) return <Note>{strings.pdpEngineered}</Note>;
  const input = evaluator.inputs.findIndex((one) => one.name === column.name);
  if (input < 0) return null;
  return (
    <div class="stack">
      <Switch
        label={strings.withModel}
        checked={withModel.value}
        onChange={(checked) => {
          withModel.value = checked;
        }}
      />
      {withModel.value ? <Curve key={column.name} column={column} input={input} /> : null}
    </div>
  );
}

function Curve({ column, input }: { column: ColumnData; input: number }): JSX.Element {
  const store = useStore();
  const groups = store.compared.value;
  const group = groups[Math.min(stateOf(store).group.value, groups.length - 1)];
  const output = outputOf(store);
  const { value: made, error } = useAnswer(
    () => computed(store, column, input, group.rows, output),
    [column, input, group.rows, output],
  );
  if (error !== null) return <Note kind="warning">{error}</Note>;
  if (made === null) return <p class="muted">{strings.pdpBusy}</p>;
  const mean = meanCurve(made.curves, made.grid.length);
  const [low, high] = extentOf(mean);
  const classes = store.page.payload.classes;
  const title = classes === null ? strings.prediction : strings.probabilityOf(classes[output]);
  const text = (i: number) => column.show(made.grid[i]);
  return (
    <ChartFrame
      title={strings.pdp(column.name)}
      summary={strings.pdpSummary(made.rows, short(low), short(high))}
      table={() => ({
        count: made.grid.length,
        columns: [
          { title: column.name, numeric: true, value: (i) => made.grid[i], text },
          { title: strings.pdpLine, numeric: true, value: (i) => mean[i] },
        ],
      })}
    >
      {isLabelled(column) ? (
        <Bars
          label={strings.pdp(column.name)}
          series={[{ name: strings.pdpLine, colour: 0 }]}
          axisTitle={title}
          items={made.grid.map((_, i) => ({ label: text(i), values: [mean[i]] }))}
        />
      ) : (
        <Lines
          label={strings.pdp(column.name)}
          height={240}
          x={{
            title: column.name,
            kind: column.type === 'time' ? 'time' : 'number',
            whole: column.spec.whole === true,
            domain: [made.grid[0] ?? 0, made.grid.at(-1) ?? 1],
          }}
          y={{ title, domain: extentOf(mean, firstCurves(made)) }}
          rug={cellsAt(column, someOf(group.rows, 300))}
          series={[
            ...Array.from({ length: Math.min(CURVES, made.rows) }, (_, i) => ({
              name: strings.pdpRow,
              xs: made.grid,
              ys: made.curves.subarray(i * made.grid.length, (i + 1) * made.grid.length),
              faint: true,
            })),
            { name: strings.pdpLine, xs: made.grid, ys: mean, strong: true },
          ]}
        />
      )}
    </ChartFrame>
  );
}

function firstCurves({ curves, grid, rows }: Curves): Float64Array {
  return curves.subarray(0, Math.min(CURVES, rows) * grid.length);
}

/** Of all classes together the last one is swept: of two it is the positive one. */
function outputOf(store: Store): number {
  const output = store.output.value;
  if (output !== 'all') return output;
  return Math.max(0, (store.page.payload.classes?.length ?? 1) - 1);
}

/** Curves of some rows, over the values that what-if sweeps too, but for a few far ones. */
async function computed(
  store: Store,
  column: ColumnData,
  input: number,
  rows: Uint32Array,
  output: number,
): Promise<Curves> {
  const { evaluator, page } = store;
  if (evaluator === null) throw new Error('There is no model in this page.');
  const some = someOf(rows, ROWS);
  const grid = gridOf(column, page.rows.count);
  const values =
    evaluator.inputs[input].type === 'category' ? grid.map((code) => column.values[code]) : grid;
  const read = readerOf(evaluator.classifies, output);
  const curves = await ice(evaluator, evaluator.cellsOf(some), { input, grid: values }, read);
  return { grid, curves, rows: some.length };
}
