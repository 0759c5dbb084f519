/** Charts as tables, and the table of rows. */

import type { BoxStats, TableColumn, TableSpec } from '../../charts/types.ts';
import type { Page } from '../../payload/page.ts';
import { count, number, percent } from '../../text/numbers.ts';
import type { Cells } from './figures.ts';
import type { Averaged, Panel } from './plan.ts';
import type { Reading } from './readings.ts';
import type { Slots } from './slots.ts';
import { strings } from './strings.ts';

/** Return a column of a quantity; `rowAt` tells which row of the page a line is. */
export function columnOf(reading: Reading, rowAt: (line: number) => number): TableColumn {
  const cell = (line: number): number => reading.cells[rowAt(line)];
  return {
    title: reading.name,
    numeric: reading.kind !== 'label',
    value: (line) => (reading.kind === 'label' ? reading.show(cell(line)) : cell(line)),
    text: (line) => reading.show(cell(line)),
  };
}

/** Return the column of ids. */
export function idColumn(page: Page, rowAt: (line: number) => number): TableColumn {
  const { ids } = page.rows;
  const isLabel = ids.values.length > 0;
  return {
    title: strings.id,
    numeric: !isLabel,
    value: (line) => (isLabel ? ids.text(rowAt(line)) : ids.number(rowAt(line))),
    text: (line) => ids.text(rowAt(line)),
  };
}

/** Return some rows with some quantities. */
export function rowsTable(page: Page, rows: Uint32Array, readings: readonly Reading[]): TableSpec {
  const at = (line: number): number => rows[line];
  const shown = readings.filter((one) => one.key !== 'id');
  return {
    columns: [idColumn(page, at), ...shown.map((reading) => columnOf(reading, at))],
    count: rows.length,
  };
}

/** Slots in their order: sorting by their texts would shuffle intervals. */
function slotColumn(title: string, slots: Slots, slotAt: (line: number) => number): TableColumn {
  return { title, numeric: true, value: slotAt, text: (line) => slots.names[slotAt(line)] };
}

const same = (line: number): number => line;

/** Return counts and shares per slot and part. */
export function countsTable(
  x: Reading,
  slots: Slots,
  panel: Panel,
  counts: readonly Float64Array[],
): TableSpec {
  const several = panel.parts.length > 1;
  const columns = panel.parts.flatMap((part, i): TableColumn[] => {
    const title = (text: string): string => (several ? strings.partColumn(part.name, text) : text);
    const total = Math.max(1, part.rows.length);
    return [
      {
        title: title(strings.countRows),
        numeric: true,
        value: (slot) => counts[i][slot],
        text: (slot) => count(counts[i][slot]),
      },
      {
        title: title(strings.share),
        numeric: true,
        value: (slot) => counts[i][slot] / total,
        text: (slot) => percent(counts[i][slot] / total),
      },
    ];
  });
  return { columns: [slotColumn(x.name, slots, same), ...columns], count: slots.names.length };
}

/** Return the numbers of boxes. */
export function boxesTable(
  of: Reading,
  by: Reading,
  slots: Slots,
  panel: Panel,
  boxes: readonly (readonly (BoxStats | null)[])[],
): TableSpec {
  const parts = panel.parts.length;
  const slotAt = (line: number): number => Math.floor(line / parts);
  const box = (line: number): BoxStats | null => boxes[line % parts][slotAt(line)];
  const value = (title: string, pick: (box: BoxStats) => number): TableColumn => ({
    title,
    numeric: true,
    value: (line) => {
      const found = box(line);
      return found === null ? Number.NaN : pick(found);
    },
    text: (line) => {
      const found = box(line);
      return found === null ? '' : of.show(pick(found));
    },
  });
  const group: TableColumn[] =
    parts > 1 ? [{ title: strings.group, value: (line) => panel.parts[line % parts].name }] : [];
  return {
    columns: [
      slotColumn(by.name, slots, slotAt),
      ...group,
      { ...value(strings.countRows, (b) => b.count), text: (line) => count(box(line)?.count ?? 0) },
      value(strings.boxes.low, (b) => b.low),
      value(strings.boxes.q1, (b) => b.q1),
      value(strings.boxes.median, (b) => b.median),
      value(strings.boxes.q3, (b) => b.q3),
      value(strings.boxes.high, (b) => b.high),
      value(strings.boxes.mean, (b) => b.mean),
    ],
    count: slots.names.length * parts,
  };
}

/** Return the cells that hold rows. */
export function cellsTable(
  x: Reading,
  y: Reading,
  across: Slots,
  up: Slots,
  cells: Cells,
  third: Averaged | null,
): TableSpec {
  const filled: (readonly [number, number])[] = [];
  for (const [i, line] of cells.counts.entries()) {
    for (const [j, n] of line.entries()) if (n > 0) filled.push([i, j]);
  }
  const mean: TableColumn[] =
    third === null
      ? []
      : [
          {
            title: third.name,
            numeric: true,
            value: (line) => cells.means?.[filled[line][0]][filled[line][1]] ?? Number.NaN,
            text: (line) => {
              const found = cells.means?.[filled[line][0]][filled[line][1]] ?? Number.NaN;
              return third.isShare ? percent(found) : number(found);
            },
          },
        ];
  return {
    columns: [
      slotColumn(x.name, across, (line) => filled[line][1]),
      slotColumn(y.name, up, (line) => filled[line][0]),
      {
        title: strings.countRows,
        numeric: true,
        value: (line) => cells.counts[filled[line][0]][filled[line][1]],
        text: (line) => count(cells.counts[filled[line][0]][filled[line][1]]),
      },
      ...mean,
    ],
    count: filled.length,
  };
}
