/** Confusion matrices, one per group: a cell becomes a cohort. */

import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { ChartFrame, Heat } from '../../charts/index.ts';
import type { TableSpec } from '../../charts/types.ts';
import { LookMark } from '../../cohorts/LookMark.tsx';
import type { Confusion } from '../../metrics/index.ts';
import type { Page } from '../../payload/page.ts';
import type { CohortRows } from '../../state/cohorts.ts';
import { useStore } from '../../state/store.ts';
import { count, percent } from '../../text/numbers.ts';
import { Segmented } from '../../ui/index.ts';
import {
  cellFilter,
  confusionIn,
  mistakesOf,
  type Result,
  shareOf,
  shownClasses,
  toldApart,
} from './logic.ts';
import { addCohort, Card } from './parts.tsx';
import { type Normalised, stateOf } from './state.ts';
import { strings } from './strings.ts';

/** More classes than these have the whole width, and short names above their columns. */
const FEW_CLASSES = 5;

interface Props {
  readonly results: readonly Result[];
  readonly classes: readonly string[];
}

interface Matrix {
  readonly group: CohortRows;
  readonly confusion: Confusion;
}

export function ConfusionPart({ results, classes }: Props): JSX.Element {
  const store = useStore();
  const { page } = store;
  const state = stateOf(store);
  const matrices = useMemo<readonly Matrix[]>(
    () =>
      results.map(({ group, outcomes }) => ({ group, confusion: confusionIn(outcomes, classes) })),
    [results, classes],
  );
  const shown = useMemo(
    () =>
      shownClasses(
        matrices.map(({ confusion }) => confusion),
        classes.length,
      ),
    [matrices, classes],
  );
  const table = useMemo(() => () => tableOf(matrices, classes), [matrices, classes]);
  const [{ group, confusion }] = matrices;
  const right = Array.from({ length: classes.length }, (_, k) => shareIn(confusion, k)).reduce(
    (sum, n) => sum + n,
    0,
  );
  const normalised = state.normalised.value;
  const isSample = wholeOf(page) !== null;
  return (
    <Card>
      <ChartFrame
        title={strings.confusion}
        summary={strings.confusionSummary(group.name, right, confusion.total)}
        table={table}
        toolbar={
          <Segmented
            label={strings.normalise}
            hideLabel
            value={normalised}
            options={Object.entries(strings.normalised).map(([value, label]) => ({
              value: value as Normalised,
              label,
            }))}
            onChange={(value) => {
              state.normalised.value = value;
            }}
          />
        }
        note={
          shown.length < classes.length
            ? `${strings.manyClasses(shown.length, classes.length)} ${strings.confusionNote}`
            : strings.confusionNote
        }
      >
        <div class={`matrices ${shown.length > FEW_CLASSES ? 'large' : ''}`}>
          <Whole classes={classes} shown={shown} normalised={normalised} />
          {matrices.map((matrix) => (
            <One
              key={matrix.group.cohort?.id ?? 'all'}
              matrix={matrix}
              classes={classes}
              shown={shown}
              normalised={normalised}
              titled={matrices.length > 1 || isSample}
            />
          ))}
          {matrices.length === 1 && !isSample ? (
            <Mistakes confusion={confusion} classes={classes} />
          ) : null}
        </div>
      </ChartFrame>
    </Card>
  );
}

function shareIn({ cells, classes }: Confusion, k: number): number {
  return cells[k * classes + k];
}

const MOST_MISTAKES = 4;

function Mistakes(props: { confusion: Confusion; classes: readonly string[] }): JSX.Element {
  const { confusion, classes } = props;
  const found = mistakesOf(confusion, MOST_MISTAKES);
  if (found.length === 0) return <p class="mistakes">{strings.noMistakes}</p>;
  return (
    <ul class="mistakes" aria-label={strings.mistakes}>
      {found.map(({ actual, predicted, rows }) => (
        <li key={`${actual} ${predicted}`} class="wrap">
          {strings.mistake(
            rows,
            classes[actual],
            classes[predicted],
            shareOf(confusion, actual, predicted, 'actual'),
          )}
        </li>
      ))}
    </ul>
  );
}

interface Shown {
  readonly classes: readonly string[];
  readonly shown: readonly number[];
  readonly normalised: Normalised;
}

interface OneProps extends Shown {
  readonly matrix: Matrix;
  readonly titled: boolean;
}

function One({ matrix, titled, ...rest }: OneProps): JSX.Element {
  const store = useStore();
  const { group, confusion } = matrix;
  const { classes, shown } = rest;
  const pick = (actual: number, predicted: number): void => {
    const [a, p] = [shown[actual], shown[predicted]];
    if (confusion.cells[a * classes.length + p] === 0) return;
    const name = strings.cellName(classes[a], classes[p]);
    const filter = cellFilter(store.page, group, a, p, store.threshold.value);
    addCohort(store, group.cohort === null ? name : strings.inGroup(name, group.name), filter);
  };
  return (
    <div class="stack tight">
      {titled ? (
        <h4 class="figure-group">
          <LookMark look={group.colour} />
          <span class="wrap">{group.name}</span>
        </h4>
      ) : null}
      <Cells {...rest} name={group.name} confusion={confusion} onPick={pick} />
    </div>
  );
}

/** The matrix of all rows, where the page holds a sample of them; null where it holds all. */
function wholeOf(page: Page): { readonly rows: number; readonly confusion: Confusion } | null {
  const { overall, classes } = page.payload;
  if (classes === null || overall?.confusion === undefined) return null;
  if (overall.rows <= page.rows.count) return null;
  const cells = Float64Array.from(overall.confusion.flat());
  const total = cells.reduce((sum, n) => sum + n, 0);
  return { rows: overall.rows, confusion: { classes: classes.length, cells, total } };
}

function Whole(props: Shown): JSX.Element | null {
  const { page } = useStore();
  const whole = useMemo(() => wholeOf(page), [page]);
  if (whole === null) return null;
  const name = strings.allRows(whole.rows);
  return (
    <div class="stack tight">
      <h4>
        {name} <span class="small muted">{strings.allRowsNote}</span>
      </h4>
      <Cells {...props} name={name} confusion={whole.confusion} />
    </div>
  );
}

interface CellsProps extends Shown {
  readonly name: string;
  readonly confusion: Confusion;
  readonly onPick?: (actual: number, predicted: number) => void;
}

function Cells({ name, confusion, classes, shown, normalised, onPick }: CellsProps): JSX.Element {
  const names = shown.map((k) => classes[k]);
  const rows = (a: number, p: number): number =>
    confusion.cells[shown[a] * classes.length + shown[p]];
  const share = (a: number, p: number): number =>
    shareOf(confusion, shown[a], shown[p], normalised);
  return (
    <Heat
      label={strings.inGroup(strings.confusion, name)}
      rowTitle={strings.observed}
      columnTitle={strings.predicted}
      rowNames={names}
      columnNames={names.length > FEW_CLASSES ? toldApart(names) : names}
      values={names.map((_, a) => names.map((__, p) => share(a, p)))}
      domain={[0, 1]}
      text={(a, p) => count(rows(a, p))}
      subtext={(a, p) => (Number.isNaN(share(a, p)) ? '' : percent(share(a, p)))}
      describe={(a, p) =>
        [
          strings.cell(rows(a, p), names[a], names[p]),
          strings.cellShare(percent(share(a, p)), strings.normalised[normalised]),
        ].join('\n')
      }
      diagonal
      {...(onPick === undefined ? {} : { onPick })}
    />
  );
}

function tableOf(matrices: readonly Matrix[], classes: readonly string[]): TableSpec {
  const size = classes.length;
  return {
    count: size * size,
    columns: [
      { title: strings.observed, value: (row) => classes[Math.floor(row / size)] },
      { title: strings.predicted, value: (row) => classes[row % size] },
      ...matrices.map(({ group, confusion }) => ({
        title: group.name,
        value: (row: number) => confusion.cells[row],
        text: (row: number) => count(confusion.cells[row]),
        numeric: true,
      })),
    ],
  };
}
