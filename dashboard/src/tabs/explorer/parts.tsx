/** Bars, histograms and boxes: one mark per slot and part. */

import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { Bars, Boxes, ChartFrame, Histogram, Legend } from '../../charts/index.ts';
import { count, percent, short } from '../../text/numbers.ts';
import { boxesOf, countsOf, rowsIn } from './figures.ts';
import type { PanelProps } from './panels.tsx';
import type { Panel, Plan } from './plan.ts';
import type { Reading } from './readings.ts';
import { sentenceOf } from './sentences.ts';
import { all, conditionOf, type Slots } from './slots.ts';
import { strings, summaries } from './strings.ts';
import { boxesTable, countsTable } from './tables.ts';

export function PartsPanel({ plan, panel, onPick }: PanelProps): JSX.Element | null {
  const { parts } = panel;
  const slots = plan.across ?? plan.up;
  const several = parts.length > 1;
  const summary = useMemo(
    () =>
      summaries.joined(
        parts.map((part) => summaries.of(several ? part.name : null, sentenceOf(plan, part.rows))),
      ),
    [plan, panel],
  );
  if (slots === null) return null;
  const pick = (slot: number, at: number): void => {
    const part = parts[at] ?? parts[0];
    const splits = plan.coloured && plan.colour !== null;
    const own =
      splits && plan.colour !== null ? partFilter(plan.colour, at, part.value ?? '') : null;
    onPick({
      group: part.group,
      rows: rowsIn(part.rows, slots, slot),
      candidates: splits ? [all([slots.filter(slot), own])] : [slots.filter(slot)],
      byHand: strings.byIds(plan.x.name, plan.y?.name ?? null),
    });
  };
  const shown = { plan, panel, slots, pick };
  return (
    <ChartFrame
      title={panel.title}
      summary={summary}
      table={() => tableOf(plan, panel, slots)}
      legend={several ? <Legend series={parts} /> : undefined}
      note={noteOf(plan, panel)}
    >
      {plan.kind === 'boxes' ? (
        <BoxMarks {...shown} />
      ) : plan.kind === 'bars' ? (
        <BarMarks {...shown} />
      ) : (
        <HistogramMarks {...shown} />
      )}
    </ChartFrame>
  );
}

/** Rows of a part that a colour's value makes. */
function partFilter(colour: Reading, slot: number, name: string) {
  const condition = conditionOf(colour);
  if (name === strings.missing && slot >= colour.labels.length) return condition('missing');
  return condition('in', [colour.kind === 'label' ? name : Number(name)]);
}

interface MarksProps {
  readonly plan: Plan;
  readonly panel: Panel;
  readonly slots: Slots;
  readonly pick: (slot: number, part: number) => void;
}

/** The quantity whose boxes are drawn. */
function spreadOf(plan: Plan): Reading {
  return plan.across === null || plan.y === null ? plan.x : plan.y;
}

function BoxMarks({ plan, panel, slots, pick }: MarksProps): JSX.Element {
  const of = spreadOf(plan);
  const boxes = useMemo(
    () => panel.parts.map((part) => boxesOf(slots, of.cells, part.rows)),
    [panel, slots, of],
  );
  // Boxes lie across: what they measure is the axis below.
  return (
    <Boxes
      label={panel.title}
      items={slots.names.map((label, slot) => ({ label, shapes: boxes.map((part) => part[slot]) }))}
      series={panel.parts}
      axisTitle={of.name}
      format={of.kind === 'time' ? of.show : short}
      onPick={pick}
    />
  );
}

function countsBy(panel: Panel, slots: Slots): readonly Float64Array[] {
  return panel.parts.map((part) => countsOf(slots, part.rows));
}

function BarMarks({ panel, slots, pick }: MarksProps): JSX.Element {
  const counts = useMemo(() => countsBy(panel, slots), [panel, slots]);
  const share = panel.parts.length > 1;
  const shares = (part: number, slot: number): number =>
    counts[part][slot] / Math.max(1, panel.parts[part].rows.length);
  return (
    <Bars
      label={panel.title}
      items={slots.names.map((label, slot) => ({
        label,
        values: counts.map((part, i) => (share ? shares(i, slot) : part[slot])),
        muted: slot === slots.missing,
        detail: counts.map((part, i) => strings.rowsShare(part[slot], shares(i, slot))).join('\n'),
      }))}
      series={panel.parts}
      format={share ? percent : count}
      axisTitle={share ? strings.share : strings.countRows}
      onPick={pick}
    />
  );
}

function HistogramMarks({ plan, panel, slots, pick }: MarksProps): JSX.Element {
  const counts = useMemo(() => countsBy(panel, slots), [panel, slots]);
  const { x } = plan;
  const bins = slots.missing < 0 ? slots.names.length : slots.missing;
  const share = panel.parts.length > 1;
  return (
    <Histogram
      label={panel.title}
      x={{
        title: x.name,
        kind: x.kind === 'time' ? 'time' : 'number',
        missing: slots.missing >= 0,
      }}
      edges={slots.edges ?? []}
      series={panel.parts.map((part, i) => ({
        name: part.name,
        colour: part.colour,
        counts: counts[i].subarray(0, bins),
        missing: slots.missing < 0 ? 0 : counts[i][slots.missing],
      }))}
      yTitle={share ? strings.share : strings.countRows}
      share={share}
      onPick={pick}
    />
  );
}

function tableOf(plan: Plan, panel: Panel, slots: Slots) {
  if (plan.kind === 'boxes') {
    const of = spreadOf(plan);
    const boxes = panel.parts.map((part) => boxesOf(slots, of.cells, part.rows));
    return boxesTable(of, plan.across === null && plan.y ? plan.y : plan.x, slots, panel, boxes);
  }
  return countsTable(plan.x, slots, panel, countsBy(panel, slots));
}

function noteOf(plan: Plan, panel: Panel): string | undefined {
  const notes: string[] = [];
  if (plan.colour !== null && !plan.coloured) notes.push(strings.noColourHere(plan.colour.name));
  if (plan.kind === 'boxes') {
    const of = spreadOf(plan);
    const rows = panel.parts.reduce(
      (n, part) => n + part.rows.reduce((m, row) => m + Number(Number.isNaN(of.cells[row])), 0),
      0,
    );
    if (rows > 0) notes.push(strings.missingInBoxes(rows, of.name));
  }
  return notes.length > 0 ? notes.join(' ') : undefined;
}
