/** How good the predictions are, group by group. */

import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { withoutData } from '../../payload/page.ts';
import { measured } from '../../state/measure.ts';
import { figuredTarget } from '../../state/outputs.ts';
import { useStore } from '../../state/store.ts';
import { Note } from '../../ui/index.ts';
import { ClassTable } from './ClassTable.tsx';
import { ConfusionPart } from './ConfusionPart.tsx';
import { CurvesPart } from './CurvesPart.tsx';
import { DistributionPart } from './DistributionPart.tsx';
import { baseline, resultsOf } from './logic.ts';
import { MetricsPart } from './MetricsPart.tsx';
import { Said } from './parts.tsx';
import { ResidualsPart } from './ResidualsPart.tsx';
import { strings } from './strings.ts';
import { ThresholdBar, ThresholdCurve } from './ThresholdPart.tsx';

export function Performance(): JSX.Element {
  const { page } = useStore();
  const { rows } = page;
  if (rows.count === 0) return <Note kind="empty">{strings.noRows}</Note>;
  if (withoutData(page)) return <Note kind="empty">{strings.withoutData}</Note>;
  if (!rows.hasPredicted) return <Note kind="empty">{strings.noPredictions}</Note>;
  if (rows.hasActual) return <Judged />;
  return (
    <div class="stack">
      <Target />
      <Note>{strings.noActual}</Note>
      <DistributionPart />
    </div>
  );
}

/** Whose predictions these are, where there are several targets. */
function Target(): JSX.Element | null {
  const target = figuredTarget(useStore().page);
  return target === null ? null : <Note>{strings.target(target)}</Note>;
}

const MOST_BESIDE = 5;

function Judged(): JSX.Element {
  const { page, compared, threshold, output } = useStore();
  const groups = compared.value;
  const at = threshold.value;
  const results = useMemo(
    () => measured('mlx-performance', () => resultsOf(page, groups, at)),
    [page, groups, at],
  );
  const all = useMemo(() => baseline(page, results, at), [page, results, at]);
  const { classes } = page.payload;
  const { hasProbabilities } = page.rows;
  // Side by side where both have room in half the width.
  const isNarrow = groups.length === 1 && (classes?.length ?? 0) <= MOST_BESIDE;
  const hasThreshold = classes?.length === 2 && hasProbabilities;
  return (
    <div class="stack performance">
      <Target />
      {classes?.length === 2 && output.value === 0 ? (
        <Note>{strings.otherClass(classes[0], classes[1])}</Note>
      ) : null}
      {hasThreshold ? <ThresholdBar /> : null}
      {classes === null ? (
        <>
          <MetricsPart results={results} all={all} />
          <ResidualsPart results={results} />
        </>
      ) : (
        <>
          <div class={isNarrow ? 'perf-top' : 'stack'}>
            <MetricsPart results={results} all={all} />
            <ConfusionPart results={results} classes={classes} />
          </div>
          <Said />
          {classes.length > 2 ? <ClassTable results={results} classes={classes} /> : null}
          {hasProbabilities ? (
            <CurvesPart groups={groups} classes={classes}>
              {hasThreshold ? <ThresholdCurve groups={groups} /> : null}
            </CurvesPart>
          ) : (
            <Note>{strings.noProbabilities}</Note>
          )}
        </>
      )}
      <DistributionPart />
    </div>
  );
}
