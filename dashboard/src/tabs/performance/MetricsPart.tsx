/** Figures side by side: each with its interval, and its difference to all data. */

import type { JSX } from 'preact';
import { ChartFrame } from '../../charts/index.ts';
import { LookMark } from '../../cohorts/LookMark.tsx';
import { type Figures, type Metric, metricStrings, OWN_THRESHOLD } from '../../metrics/index.ts';
import type { Overall } from '../../payload/types.ts';
import { useStore } from '../../state/store.ts';
import { Help } from '../../ui/index.ts';
import { metricsOf, type Result, standing, worseIn } from './logic.ts';
import { Card } from './parts.tsx';
import { strings } from './strings.ts';

interface Props {
  readonly results: readonly Result[];
  /** Of all rows in the page. */
  readonly all: Figures;
}

export function MetricsPart({ results, all }: Props): JSX.Element {
  const { page, threshold } = useStore();
  const { overall, classes } = page.payload;
  const metrics = metricsOf(page);
  const whole = overall !== null && overall.rows > page.rows.count ? overall : null;
  const unknown = results.reduce((most, { outcomes }) => Math.max(most, outcomes.unknown), 0);
  return (
    <Card>
      <ChartFrame
        title={strings.metrics}
        summary={summaryOf(results, metrics, all)}
        note={
          <>
            {classes === null
              ? null
              : classes.length === 2
                ? strings.positive(classes[1])
                : strings.macro}
            {results.some(({ group }) => group.cohort !== null) ? ` ${strings.aboutNote}` : null}
            {unknown > 0 ? ` ${strings.unknown(unknown)}` : null}
            {whole !== null ? ` ${strings.sampled(page.rows.count, whole.rows)}` : null}
            {whole !== null && threshold.value !== OWN_THRESHOLD
              ? ` (${strings.ownThreshold})`
              : null}
          </>
        }
      >
        <section class="table-wrap" aria-label={strings.metricsTable} tabIndex={0}>
          <table class="table figures">
            <caption class="sr-only">{strings.metricsTable}</caption>
            <Head results={results} whole={whole} />
            <tbody>
              {metrics.map((metric) => (
                <Line key={metric.id} metric={metric} results={results} all={all} whole={whole} />
              ))}
            </tbody>
          </table>
        </section>
      </ChartFrame>
      <Help label={strings.intervalsTitle}>
        <p>{strings.intervals}</p>
      </Help>
    </Card>
  );
}

function summaryOf(results: readonly Result[], metrics: readonly Metric[], all: Figures): string {
  const cohorts = results.filter(({ group }) => group.cohort !== null);
  const [first] = results;
  if (cohorts.length === 0) return strings.one(first.group.name, first.outcomes.rows.length);
  const texts = cohorts.flatMap(({ group, figures }) => {
    const worse = worseIn(metrics, figures, all).map(({ id }) => strings.titles[id]);
    return worse.length === 0 ? [] : [strings.clearOf(worse, group.name)];
  });
  return texts.length === 0 ? strings.notClear : strings.clear(texts);
}

function Head({
  results,
  whole,
}: {
  results: readonly Result[];
  whole: Overall | null;
}): JSX.Element {
  const { page } = useStore();
  return (
    <thead>
      <tr>
        <th scope="col">{strings.metric}</th>
        {whole === null ? null : (
          <th scope="col">
            <span class="wrap">{strings.allRows(whole.rows)}</span>
            <span class="small muted">{strings.allRowsNote}</span>
          </th>
        )}
        {results.map(({ group, outcomes }) => (
          <th scope="col" key={group.cohort?.id ?? 'all'}>
            <span class="figure-group">
              <LookMark look={group.colour} />
              <span class="wrap">{group.name}</span>
            </span>
            <span class="small muted">
              {whole !== null && group.cohort === null
                ? strings.sampleNote(page.rows.count)
                : strings.groupRows(outcomes.rows.length)}
            </span>
          </th>
        ))}
      </tr>
    </thead>
  );
}

interface LineProps extends Props {
  readonly metric: Metric;
  readonly whole: Overall | null;
}

function Line({ metric, results, all, whole }: LineProps): JSX.Element {
  return (
    <tr>
      <th scope="row" title={metricStrings.help[metric.id]}>
        {strings.titles[metric.id]}
        <span class="small muted figure-help">{metricStrings.help[metric.id]}</span>
      </th>
      {whole === null ? null : (
        <td>
          <Value metric={metric} value={whole.metrics[metric.id] ?? Number.NaN} />
        </td>
      )}
      {results.map((result) => (
        <td key={result.group.cohort?.id ?? 'all'}>
          <Cell metric={metric} result={result} all={all} />
        </td>
      ))}
    </tr>
  );
}

function Value({ metric, value }: { metric: Metric; value: number }): JSX.Element {
  return (
    <strong>
      <data value={value}>{strings.valueOf[metric.unit](value)}</data>
    </strong>
  );
}

function Cell(props: { metric: Metric; result: Result; all: Figures }): JSX.Element {
  const { metric, result, all } = props;
  const figure = result.figures[metric.id];
  // The heading says that there are no rows; once is enough.
  const isEmpty = result.outcomes.rows.length === 0;
  if (figure === undefined || Number.isNaN(figure.value)) {
    return (
      <>
        <strong>{'\u2013'}</strong>{' '}
        <span class="small muted wrap">
          {isEmpty ? null : (figure?.reason ?? strings.undefinedShort)}
        </span>
      </>
    );
  }
  const show = strings.valueOf[metric.unit];
  const range = Number.isNaN(figure.low)
    ? null
    : strings.range(show(figure.low), show(figure.high));
  return (
    <>
      <span class="figure-value">
        <Value metric={metric} value={figure.value} />
        {range === null ? null : <span class="small muted">{range}</span>}
      </span>
      {result.group.cohort === null ? null : <Gap metric={metric} result={result} all={all} />}
    </>
  );
}

/** Said by an arrow and a word, not by colour alone. */
function Gap({ metric, result, all }: Parameters<typeof Cell>[0]): JSX.Element | null {
  const found = standing(metric, result.figures[metric.id], all[metric.id]);
  if (found === null) return null;
  const show = strings.gapOf[metric.unit];
  const gap = show(found.value);
  const range = strings.range(show(found.low), show(found.high));
  return (
    <span class={`figure-gap ${found.verdict}`} title={range}>
      {found.verdict === 'same' ? (
        <>
          {strings.about(gap)} <span class="sr-only">{strings.same}</span>
        </>
      ) : (
        `${found.value > 0 ? '\u25b2' : '\u25bc'} ${gap} ${strings[found.verdict]}`
      )}
    </span>
  );
}
