/** A table of any length: a page at a time, sorted by its headings. */

import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { TableColumn } from '../charts/types.ts';
import { number } from '../text/numbers.ts';
import { Button } from './parts.tsx';
import { nextSort, type Sort, sortedRows } from './sorting.ts';
import { strings } from './strings.ts';
import type { DataTableProps } from './types.ts';

/** Text of a cell. */
export function cellText(column: TableColumn, row: number): string {
  if (column.text) return column.text(row);
  const value = column.value(row);
  return typeof value === 'number' ? number(value) : value;
}

export function DataTable(props: DataTableProps): JSX.Element {
  const { table } = props;
  const size = props.pageSize ?? 10;
  const [sort, setSort] = useState<Sort | null>(props.sort ?? null);
  const [page, setPage] = useState(0);
  const rows = useMemo(() => {
    const all = props.rows ?? Uint32Array.from({ length: table.count }, (_, i) => i);
    return sortedRows(
      all,
      sort === null ? undefined : table.columns[sort.column],
      sort?.descending ?? false,
    );
  }, [table, props.rows, sort]);
  const pages = Math.max(1, Math.ceil(rows.length / size));
  const at = Math.min(page, pages - 1);
  const shown = rows.subarray(at * size, (at + 1) * size);
  return (
    <div>
      <section class="table-wrap" aria-label={props.label} tabIndex={0}>
        <table class="table">
          <caption class="sr-only">{props.label}</caption>
          <thead>
            <tr>
              {props.onTick ? (
                <th scope="col">
                  <span class="sr-only">{strings.ticked}</span>
                </th>
              ) : null}
              {table.columns.map((column, i) => (
                <Heading
                  key={`${i} ${column.title}`}
                  column={column}
                  fixed={props.fixed ?? false}
                  sort={sort?.column === i ? sort : null}
                  onSort={() => {
                    setSort(nextSort(sort, i, column.numeric ?? false));
                    setPage(0);
                  }}
                />
              ))}
              {table.action ? (
                <th scope="col">
                  <span class="sr-only">{table.action.text}</span>
                </th>
              ) : null}
            </tr>
          </thead>
          <tbody>
            {Array.from(shown, (row) => (
              <Row key={row} row={row} props={props} />
            ))}
            {rows.length === 0 ? (
              <tr>
                <td
                  colSpan={table.columns.length + (props.onTick ? 1 : 0) + (table.action ? 1 : 0)}
                >
                  {strings.emptyTable}
                </td>
              </tr>
            ) : null}
          </tbody>
        </table>
      </section>
      {pages > 1 ? (
        <Pager label={props.label} page={at} size={size} count={rows.length} onPage={setPage} />
      ) : null}
    </div>
  );
}

interface HeadingProps {
  readonly fixed: boolean;
  readonly column: TableColumn;
  readonly sort: Sort | null;
  readonly onSort: () => void;
}

function Heading({ column, sort, onSort, fixed }: HeadingProps): JSX.Element {
  if (fixed) {
    return (
      <th scope="col" class={column.numeric ? 'numeric' : undefined} title={column.title}>
        {column.title}
      </th>
    );
  }
  const order = sort === null ? 'none' : sort.descending ? 'descending' : 'ascending';
  return (
    <th scope="col" class={column.numeric ? 'numeric' : undefined} aria-sort={order}>
      <button type="button" class="sort" onClick={onSort} title={column.title}>
        <span>{column.title}</span>
        <svg viewBox="0 0 8 10" aria-hidden="true">
          {order === 'descending' ? null : <path d="M4 0 8 4H0Z" fill="currentColor" />}
          {order === 'ascending' ? null : <path d="M4 10 0 6h8Z" fill="currentColor" />}
        </svg>
      </button>
    </th>
  );
}

function Row({ row, props }: { row: number; props: DataTableProps }): JSX.Element {
  const marked = props.selected?.includes(row) ?? false;
  const { action } = props.table;
  return (
    <tr class={marked ? 'selected' : undefined}>
      {props.onTick ? (
        <td class="tick">
          <input
            type="checkbox"
            checked={props.ticked?.has(row) ?? false}
            aria-label={props.tickLabel?.(row)}
            onChange={() => props.onTick?.(row)}
          />
        </td>
      ) : null}
      {props.table.columns.map((column, i) => {
        const text = cellText(column, row);
        return (
          <td
            key={`${i} ${column.title}`}
            class={column.numeric ? 'numeric' : column.wrap ? 'wrap' : undefined}
            title={text.length > 24 ? text : undefined}
          >
            {i === 0 && props.onPick ? (
              <button
                type="button"
                class="pick"
                aria-label={props.pickLabel?.(row)}
                aria-pressed={props.selected ? marked : undefined}
                onClick={() => props.onPick?.(row)}
              >
                {text}
              </button>
            ) : (
              <Text column={column} row={row} text={text} />
            )}
          </td>
        );
      })}
      {action ? (
        <td>
          <Button small label={action.label(row)} onClick={() => action.run(row)}>
            {action.text}
          </Button>
        </td>
      ) : null}
    </tr>
  );
}

interface TextProps {
  readonly column: TableColumn;
  readonly row: number;
  readonly text: string;
}

/** The text of a cell; beside that of a number the number itself, for other programs. */
function Text({ column, row, text }: TextProps): JSX.Element {
  const value = column.value(row);
  if (!column.numeric || typeof value !== 'number' || Number.isNaN(value)) return <>{text}</>;
  return <data value={value}>{text}</data>;
}

interface PagerProps {
  readonly label: string;
  readonly page: number;
  readonly size: number;
  readonly count: number;
  readonly onPage: (page: number) => void;
}

function Pager({ label, page, size, count, onPage }: PagerProps): JSX.Element {
  const last = Math.ceil(count / size) - 1;
  return (
    <nav class="pager" aria-label={strings.pager(label)}>
      <Button small disabled={page === 0} onClick={() => onPage(page - 1)}>
        {strings.previous}
      </Button>
      <Button small disabled={page === last} onClick={() => onPage(page + 1)}>
        {strings.next}
      </Button>
      <span role="status">
        {strings.shown(page * size + 1, Math.min((page + 1) * size, count), count)}
      </span>
    </nav>
  );
}
