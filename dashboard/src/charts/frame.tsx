/** The frame of a chart: heading, a sentence, the chart or the same as a table. */

import type { JSX } from 'preact';
import { useId, useMemo, useState } from 'preact/hooks';
import { Button } from '../ui/parts.tsx';
import { DataTable } from '../ui/table.tsx';
import { strings } from './strings.ts';
import type { FrameProps } from './types.ts';

export function ChartFrame(props: FrameProps): JSX.Element {
  const id = useId();
  const [asTable, setAsTable] = useState(false);
  const { table, level = 3 } = props;
  const Heading = `h${level}` as const;
  const spec = useMemo(() => (asTable ? table?.() : undefined), [asTable, table]);
  return (
    <figure class="frame" aria-labelledby={id}>
      <div class="frame-head">
        <div class="frame-title">
          <Heading id={id}>{props.title}</Heading>
          <p class="frame-summary">{props.summary}</p>
        </div>
        <div class="frame-tools">
          {props.toolbar}
          {table ? (
            <Button
              small
              label={asTable ? strings.showChart(props.title) : strings.showTable(props.title)}
              pressed={asTable}
              onClick={() => setAsTable(!asTable)}
            >
              {asTable ? strings.chart : strings.table}
            </Button>
          ) : null}
        </div>
      </div>
      {spec ? (
        <DataTable label={strings.tableOf(props.title)} table={spec} />
      ) : (
        <>
          {props.legend}
          {props.children}
        </>
      )}
      {props.note ? <p class="frame-note">{props.note}</p> : null}
    </figure>
  );
}
