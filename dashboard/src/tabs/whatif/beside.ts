/** Curves beside the row's own: means over cohorts (PDP), or of other rows that are picked. */

import type { Look } from '../../charts/types.ts';
import { ice, meanCurve, readerOf, type Sweep } from '../../model/curves.ts';
import type { CohortRows } from '../../state/cohorts.ts';
import { someOf } from '../../stats/summary.ts';
import { useAnswer } from '../shared/answers.ts';
import { speedOf } from './speed.ts';
import type { Bench } from './state.ts';
import { strings } from './strings.ts';
import { affordable, curveOf } from './sweep.ts';

/** Rows of the first cohort that are drawn singly. */
const SINGLE = 12;
/** Seconds a mean over rows may take. */
const PATIENCE = 0.2;

export interface Beside {
  readonly name: string;
  readonly colour: Look;
  readonly curve: Float64Array;
  /** Curves of single rows, of the first cohort only. */
  readonly singles: readonly Float64Array[];
}

/** What stands beside the row's own curve: means over cohorts, or curves of other picked rows. */
export function useBeside(
  bench: Bench,
  sweep: Sweep,
): { lines: readonly Beside[]; error: string | null } {
  const { answers, store } = bench;
  const groups = store.compared.value;
  const output = bench.output.value;
  const isPicked = bench.beside.value === 'picked';
  const { row } = bench.edited.value;
  const others = isPicked ? store.selected.value.filter((one) => one !== row).join() : '';
  const { value, error, isPending } = useAnswer<readonly Beside[]>(
    () => {
      const read = readerOf(answers.classifies, output);
      const curves = (rows: readonly number[]) => ice(answers, answers.cellsOf(rows), sweep, read);
      if (!isPicked) return besideCohorts(bench, groups, sweep.grid.length, curves);
      return besideRows(bench, others, sweep.grid.length, curves);
    },
    [sweep.grid, groups, output, isPicked, others],
    Math.max(30, bench.wait),
  );
  const width = sweep.grid.length;
  const lines = isPending ? [] : (value ?? []);
  return { lines: lines.filter(({ curve }) => curve.length === width), error };
}

type CurvesOf = (rows: readonly number[]) => Promise<Float64Array>;

/** Means over cohorts, and a few single rows of the first. */
async function besideCohorts(
  { answers, store }: Bench,
  groups: readonly CohortRows[],
  width: number,
  curvesOf: CurvesOf,
): Promise<readonly Beside[]> {
  const speed = speedOf(answers, store.page.rows.count);
  const most = affordable(speed, width * groups.length, PATIENCE);
  const beside: Beside[] = [];
  for (const { name, rows, colour } of groups) {
    const some = someOf(rows, most);
    if (some.length === 0) continue;
    const curves = await curvesOf(some);
    const places = some.map((_, i) => i);
    const drawn = beside.length > 0 ? [] : someOf(places, SINGLE);
    const singles = drawn.map((row) => curveOf(curves, row, width));
    const curve = meanCurve(curves, width);
    beside.push({ name: strings.mean(name, some.length), colour, curve, singles });
  }
  return beside;
}

async function besideRows(
  { store }: Bench,
  listed: string,
  width: number,
  curvesOf: CurvesOf,
): Promise<readonly Beside[]> {
  const rows = listed === '' ? [] : listed.split(',').map(Number);
  if (rows.length === 0) return [];
  const curves = await curvesOf(rows);
  return rows.map((row, i) => ({
    name: strings.rowNamed(store.page.rows.ids.text(row)),
    colour: (i % 3) as Look,
    curve: curveOf(curves, i, width),
    singles: [],
  }));
}
