/** Small pages for tests, made of plain values. */

import { type Page, pageOf } from '../payload/page.ts';
import type { Column, Numbers, Payload, View } from '../payload/types.ts';

/** A column of a test: numbers (NaN: missing), booleans or labels (null: missing). */
export type Cells = readonly (number | null)[] | readonly (string | null)[];

/** What a test says of a page; all else is left out of it. */
export interface Sketch {
  readonly features?: Readonly<Record<string, Cells>>;
  readonly others?: Readonly<Record<string, Cells>>;
  readonly classes?: readonly string[] | null;
  /** Class numbers or values. */
  readonly predicted?: readonly number[];
  /** Class numbers or values; NaN: unknown. */
  readonly actual?: readonly number[];
  /** [class][row] */
  readonly probabilities?: readonly (readonly number[])[];
  /** [output][feature][row] */
  readonly local?: readonly (readonly (readonly number[])[])[];
  readonly baseValues?: readonly number[];
  readonly mirrored?: boolean;
  readonly payload?: Partial<Payload>;
  readonly view?: Partial<View>;
}

const STEP = 2 ** -10;

/** Return the page of a sketch. Attributions are kept to the nearest 1/1024. */
export function sketched(sketch: Sketch): Page {
  const arrays = new Map<string, Numbers>();
  const features = sketch.features ?? { age: [20, 30, 40, 50] };
  const names = Object.keys(features);
  const count = Object.values(features)[0]?.length ?? sketch.predicted?.length ?? 0;
  const classes = sketch.classes === undefined ? ['no', 'yes'] : sketch.classes;
  const columns = names.map((name) => columnOf(name, features[name], arrays));
  arrays.set(
    'ids',
    Float64Array.from({ length: count }, (_, i) => i),
  );
  const rows = {
    count,
    total: count,
    ids: { name: 'id', type: 'number', array: 'ids', whole: true } as const,
    others: Object.entries(sketch.others ?? {}).map(([name, cells]) =>
      columnOf(name, cells, arrays),
    ),
    ...outcome('predicted', sketch.predicted, classes, arrays),
    ...outcome('actual', sketch.actual, classes, arrays),
    ...(sketch.probabilities === undefined ? {} : { probabilities: 'probabilities' }),
  };
  if (sketch.probabilities !== undefined) {
    arrays.set('probabilities', Float32Array.from(sketch.probabilities.flat()));
  }
  const payload: Payload = {
    version: 1,
    title: 'Test',
    madeBy: 'mlflow-explain',
    madeAt: null,
    task: classes === null ? 'regression' : 'classification',
    classes,
    modelType: 'Model',
    modelUri: null,
    runId: null,
    explanationId: 'abc',
    method: 'tree',
    facts: {},
    caveats: [],
    caution: 'Not a cause.',
    parameters: {},
    versions: {},
    views: [viewOf(sketch, names, columns, classes, arrays)],
    rows,
    overall: null,
    cohorts: [],
    beside: [],
    model: null,
    recorded: [],
    live: null,
    arrays: {},
    ...sketch.payload,
  };
  const array = (name: string): Numbers => {
    const found = arrays.get(name);
    if (found === undefined) throw new Error(`no array ${name}`);
    return found;
  };
  return pageOf({ payload, array });
}

function columnOf(name: string, cells: Cells, arrays: Map<string, Numbers>): Column {
  const array = `column ${name} ${arrays.size}`;
  if (cells.some((cell) => typeof cell === 'string')) {
    const values = [...new Set(cells.filter((cell) => typeof cell === 'string'))].sort();
    arrays.set(
      array,
      Uint8Array.from(cells as readonly (string | null)[], (cell) =>
        cell === null ? 255 : values.indexOf(cell),
      ),
    );
    return { name, type: 'category', array, values };
  }
  const numbers = Float64Array.from(cells as readonly (number | null)[], (x) => x ?? Number.NaN);
  arrays.set(array, numbers);
  const known = numbers.filter((x) => !Number.isNaN(x));
  const range = known.length > 0 ? ([Math.min(...known), Math.max(...known)] as const) : null;
  return { name, type: 'number', array, range };
}

function outcome(
  name: 'predicted' | 'actual',
  values: readonly number[] | undefined,
  classes: readonly string[] | null,
  arrays: Map<string, Numbers>,
): Partial<Record<'predicted' | 'actual', string>> {
  if (values === undefined) return {};
  const codes = Uint8Array.from(values, (x) => (Number.isNaN(x) ? 255 : x));
  arrays.set(name, classes === null ? Float64Array.from(values) : codes);
  return { [name]: name };
}

function viewOf(
  sketch: Sketch,
  names: readonly string[],
  columns: readonly Column[],
  classes: readonly string[] | null,
  arrays: Map<string, Numbers>,
): View {
  const local = sketch.local ?? null;
  const mirrored = sketch.mirrored ?? (classes?.length === 2 && (local?.length ?? 1) === 1);
  const outputs = mirrored ? [classes?.[1] ?? ''] : (classes ?? ['y']);
  if (local !== null) {
    arrays.set(
      'local',
      Int16Array.from(local.flat(2), (x) => (Number.isNaN(x) ? -32768 : Math.round(x / STEP))),
    );
  }
  const means = names.map((_, i) =>
    local === null ? names.length - i : meanSize(local.flatMap((output) => output[i])),
  );
  return {
    kind: 'raw',
    features: names,
    outputs,
    mirrored,
    space: classes === null ? 'raw' : 'log-odds',
    globals: {
      values: means,
      perOutput: outputs.map(() => means),
      measure: 'mean |importance|',
      rows: columns.length,
    },
    local:
      local === null
        ? null
        : {
            array: 'local',
            scale: local.map((output) => output.map(() => STEP)),
            features: names.map((_, i) => i),
            baseValues: sketch.baseValues ?? local.map(() => 0),
          },
    columns,
    additive: true,
    quality: {},
    ...sketch.view,
  };
}

function meanSize(values: readonly number[]): number {
  return values.reduce((sum, x) => sum + Math.abs(x), 0) / Math.max(values.length, 1);
}
