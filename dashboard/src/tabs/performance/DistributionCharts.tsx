/** The charts of a distribution: boxes, violins, histograms of numbers and of labels. */

import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { Boxes, boxOf, densityOf, Histogram, Violins } from '../../charts/index.ts';
import type { CohortRows } from '../../state/cohorts.ts';
import type { Quantity } from '../../state/quantities.ts';
import { extentOf } from '../../stats/summary.ts';
import { labelCounts, MOST_LABELS, valuesOf } from './distributions.ts';
import { toldApart } from './logic.ts';
import { seriesOf } from './parts.tsx';
import { countsOf, edgesOf } from './residuals.ts';
import type { Shape } from './state.ts';
import { strings } from './strings.ts';

/** Rows of one place, for each group. */
export interface Cut {
  readonly label: string;
  readonly groups: readonly CohortRows[];
}

interface DrawnProps {
  readonly quantity: Quantity;
  readonly cuts: readonly Cut[];
  readonly groups: readonly CohortRows[];
  readonly shape: Shape;
}

/** The chart that fits a quantity and the shape that was asked for. */
export function Drawn({ quantity, cuts, groups, shape }: DrawnProps): JSX.Element {
  if (quantity.values.length > 0) return <LabelHistograms quantity={quantity} cuts={cuts} />;
  if (shape === 'histogram') return <Histograms quantity={quantity} cuts={cuts} groups={groups} />;
  const common = {
    label: strings.distributionOf(quantity.name),
    series: seriesOf(groups),
    axisTitle: quantity.name,
    format: quantity.show,
  };
  if (shape === 'box') {
    return <Boxes {...common} items={shapesOf(quantity, cuts, (values) => boxOf(values))} />;
  }
  return <Violins {...common} items={shapesOf(quantity, cuts, (values) => densityOf(values))} />;
}

function shapesOf<T>(
  quantity: Quantity,
  cuts: readonly Cut[],
  shape: (values: Float64Array) => T | null,
): readonly { readonly label: string; readonly shapes: readonly (T | null)[] }[] {
  return cuts.map(({ label, groups }) => ({
    label,
    shapes: groups.map(({ rows }) => shape(valuesOf(quantity, rows))),
  }));
}

const BINS = 24;

function Histograms({ quantity, cuts, groups }: Omit<DrawnProps, 'shape'>): JSX.Element {
  const edges = useMemo(() => {
    const [low, high] = extentOf(...groups.map(({ rows }) => valuesOf(quantity, rows)));
    return edgesOf(low, high, BINS);
  }, [quantity, groups]);
  const missing = (rows: Uint32Array): number =>
    rows.reduce((n, row) => n + Number(Number.isNaN(quantity.number(row))), 0);
  const anyMissing = groups.some(({ rows }) => missing(rows) > 0);
  return (
    <Multiples cuts={cuts}>
      {(cut) => (
        <Histogram
          label={strings.distributionOf(`${quantity.name} ${cut.label}`)}
          x={{ title: quantity.name, format: quantity.show, missing: anyMissing }}
          edges={edges}
          series={cut.groups.map(({ name, colour, rows }) => ({
            name,
            colour,
            counts: countsOf(valuesOf(quantity, rows), edges),
            missing: missing(rows),
          }))}
          yTitle={strings.shareOfRows}
          share
          height={cuts.length > 1 ? 180 : 240}
        />
      )}
    </Multiples>
  );
}

function LabelHistograms({ quantity, cuts }: Pick<DrawnProps, 'quantity' | 'cuts'>): JSX.Element {
  const shown = useMemo(() => {
    const totals = new Float64Array(quantity.values.length);
    for (const { groups } of cuts) {
      for (const { rows } of groups) {
        const counts = labelCounts(quantity, rows);
        for (let code = 0; code < totals.length; code++) totals[code] += counts[code];
      }
    }
    return Array.from(totals.keys())
      .sort((a, b) => totals[b] - totals[a])
      .slice(0, MOST_LABELS)
      .sort((a, b) => a - b);
  }, [quantity, cuts]);
  const names = toldApart(shown.map((code) => quantity.values[code]));
  return (
    <Multiples cuts={cuts}>
      {(cut) => (
        <Histogram
          label={strings.distributionOf(`${quantity.name} ${cut.label}`)}
          x={{ title: quantity.name, kind: 'category', names }}
          series={cut.groups.map(({ name, colour, rows }) => {
            const counts = labelCounts(quantity, rows);
            return { name, colour, counts: shown.map((code) => counts[code]) };
          })}
          yTitle={strings.shareOfRows}
          share
          height={cuts.length > 1 ? 180 : 240}
        />
      )}
    </Multiples>
  );
}

interface MultiplesProps {
  readonly cuts: readonly Cut[];
  readonly children: (cut: Cut) => JSX.Element;
}

function Multiples({ cuts, children }: MultiplesProps): JSX.Element {
  if (cuts.length === 1 && cuts[0].label === '') return children(cuts[0]);
  return (
    <div class="grid perf-multiples">
      {cuts.map((cut) => (
        <div key={cut.label} class="stack tight">
          <h4 class="wrap">{cut.label}</h4>
          {children(cut)}
        </div>
      ))}
    </div>
  );
}
