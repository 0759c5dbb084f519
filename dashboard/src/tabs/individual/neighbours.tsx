/** The rows most like a chosen one that came out otherwise. */

import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { TableColumn } from '../../charts/types.ts';
import { figuredTarget } from '../../state/outputs.ts';
import { useStore } from '../../state/store.ts';
import { short } from '../../text/numbers.ts';
import { DataTable, Note } from '../../ui/index.ts';
import { type Neighbour, nearestOthers } from './logic.ts';
import { outcomeColumns } from './picker.tsx';
import { strings } from './strings.ts';

const MOST = 5;
const TOLD = 3;

export function Neighbours({ row, output }: { row: number; output: number }): JSX.Element | null {
  const store = useStore();
  const { page } = store;
  const view = store.view.value;
  const { ids, count, total, hasPredicted } = page.rows;
  const found = useMemo(() => nearestOthers(page, view, row, MOST), [page, view, row]);
  const outcomes = outcomeColumns(page, output, false);
  const target = figuredTarget(page);
  const texts = found.map((one) => differencesOf(one));
  const columns: TableColumn[] = [
    { title: strings.id, value: (i) => ids.text(found[i].row) },
    ...outcomes.map((column) => ({
      ...column,
      value: (i: number) => column.value(found[i].row),
      text: (i: number) => column.text?.(found[i].row) ?? '',
    })),
    { title: strings.distance, numeric: true, value: (i) => found[i].distance },
    { title: strings.differences, value: (i) => texts[i], wrap: true },
  ];

  function differencesOf(one: Neighbour): string {
    return one.differing
      .slice(0, TOLD)
      .map((feature) => {
        const column = view.columns[feature];
        return strings.difference(column.name, column.text(row), column.text(one.row));
      })
      .join(', ');
  }

  const [first] = found;
  const hasCells = view.columns.some((column) => column.absent === undefined);
  const hasWords = view.columns.some((column) => column.spec.word === true);
  // Texts alone have no columns by which rows could be compared.
  if (hasWords && !hasCells) return null;
  const none = hasCells ? strings.neighboursNone : strings.neighboursNoCells;
  const missing = hasPredicted ? none : strings.neighboursUnknown;
  return (
    <section class="card stack tight">
      <h2>{strings.neighbours(ids.text(row))}</h2>
      {first === undefined ? (
        <Note>{missing}</Note>
      ) : (
        <>
          <p class="frame-summary">
            {strings.neighboursSummary(
              outcomes[0]?.text?.(first.row) ?? '',
              ids.text(first.row),
              short(first.distance),
              first.differing.slice(0, TOLD).map((feature) => view.columns[feature].name),
            )}
          </p>
          <DataTable
            label={strings.neighbours(ids.text(row))}
            table={{ count: found.length, columns }}
            selected={found.flatMap((one, i) =>
              store.selected.value.includes(one.row) ? [i] : [],
            )}
            onPick={(i) => store.toggle(found[i].row)}
            pickLabel={(i) => strings.rowTitle(ids.text(found[i].row))}
          />
          <p class="frame-note">
            {strings.neighboursNote}
            {hasWords ? ` ${strings.neighboursWords}` : ''}
            {page.payload.classes === null ? ` ${strings.neighboursValues}` : ''}
            {target === null ? '' : ` ${strings.neighboursTarget(target)}`}
            {count < total ? ` ${strings.sampleNote(count, total)}` : ''}
          </p>
        </>
      )}
    </section>
  );
}
