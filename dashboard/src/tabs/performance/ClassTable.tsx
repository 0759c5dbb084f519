/** Figures of every class of more than two. */

import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { ChartFrame } from '../../charts/index.ts';
import type { TableSpec } from '../../charts/types.ts';
import { type ClassRow, classRows, outcomesOf } from '../../metrics/index.ts';
import { useStore } from '../../state/store.ts';
import { count, number, percent } from '../../text/numbers.ts';
import { DataTable } from '../../ui/index.ts';
import { type Result, within } from './logic.ts';
import { addCohort, Card, chosen, GroupChoice } from './parts.tsx';
import { strings } from './strings.ts';

interface Props {
  readonly results: readonly Result[];
  readonly classes: readonly string[];
}

export function ClassTable({ results, classes }: Props): JSX.Element {
  const store = useStore();
  const { group } = chosen(store, results);
  const each = useMemo(
    () => classRows(outcomesOf(store.page, group.rows), classes),
    [store, group.rows, classes],
  );
  const table = useMemo(() => tableOf(each, classes), [each, classes]);
  const worst = worstOf(each);
  return (
    <Card>
      <ChartFrame
        title={strings.classes}
        summary={
          worst < 0 ? strings.undefinedShort : toldWorst(group.name, classes[worst], each[worst])
        }
        toolbar={<GroupChoice hideLabel groups={results.map((result) => result.group)} />}
        note={strings.classesNote}
      >
        <DataTable
          label={strings.classes}
          table={table}
          pageSize={12}
          onPick={(cls) => {
            const label = classes[cls];
            const filter = within(group, [{ of: 'actual', is: 'in', value: [label] }]);
            addCohort(store, strings.classRows(label), filter);
          }}
          pickLabel={(cls) => strings.pickClass(classes[cls])}
        />
      </ChartFrame>
    </Card>
  );
}

function toldWorst(name: string, label: string, { recall }: ClassRow): string {
  const range = strings.range(percent(recall.low), percent(recall.high));
  return strings.classesSummary(name, label, percent(recall.value), range);
}

function worstOf(each: readonly ClassRow[]): number {
  let worst = -1;
  each.forEach(({ recall }, cls) => {
    if (Number.isNaN(recall.value)) return;
    if (worst < 0 || recall.value < each[worst].recall.value) worst = cls;
  });
  return worst;
}

function tableOf(each: readonly ClassRow[], classes: readonly string[]): TableSpec {
  const { columns } = strings;
  const counted = (title: string, of: (row: ClassRow) => number) => ({
    title,
    value: (cls: number) => of(each[cls]),
    text: (cls: number) => count(of(each[cls])),
    numeric: true,
  });
  const shared = (title: string, of: 'precision' | 'recall') => ({
    title,
    value: (cls: number) => each[cls][of].value,
    text: (cls: number) => percent(each[cls][of].value),
    numeric: true,
  });
  const told = (title: string, of: (row: ClassRow) => number) => ({
    title,
    value: (cls: number) => of(each[cls]),
    text: (cls: number) => number(of(each[cls])),
    numeric: true,
  });
  return {
    count: classes.length,
    columns: [
      { title: strings.cls, value: (cls) => classes[cls] },
      counted(columns.support, (row) => row.figures.support),
      counted(columns.predicted, (row) => row.figures.predicted),
      shared(columns.precision, 'precision'),
      shared(columns.recall, 'recall'),
      told(columns.f1, (row) => row.figures.f1),
      told(columns.auc, (row) => row.auc),
    ],
  };
}
