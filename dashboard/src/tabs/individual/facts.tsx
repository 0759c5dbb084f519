/** How the output adds up, beside what the model itself said. */

import type { JSX } from 'preact';
import type { TableColumn } from '../../charts/types.ts';
import type { Page } from '../../payload/page.ts';
import type { Attributions } from '../../state/attributions.ts';
import { figuredTarget } from '../../state/outputs.ts';
import { outputNames, useStore } from '../../state/store.ts';
import { number, signed } from '../../text/numbers.ts';
import { DataTable, Note } from '../../ui/index.ts';
import { isHeld, type Own, ownOutput } from './logic.ts';
import { outcomeColumns } from './picker.tsx';
import { strings } from './strings.ts';

interface FactsProps {
  readonly rows: readonly number[];
  readonly values: Attributions | null;
  readonly output: number;
}

export function Facts({ rows, values, output }: FactsProps): JSX.Element {
  const store = useStore();
  const { page } = store;
  const view = store.view.value;
  const own = rows.map((row) => ownOutput(page, view, output, store.scale.value, row));
  const [first] = own;
  const facts: Fact[] = outcomeColumns(page, output).map(({ title, text }) => ({
    title,
    text: (i) => text?.(rows[i]) ?? '',
  }));
  if (values !== null) {
    facts.push(
      { title: strings.factBase(values.unit), text: () => number(values.base) },
      { title: strings.factSum(values.unit), text: (i) => number(values.sum(rows[i])) },
    );
  }
  if (first !== null && first !== undefined) {
    if (first.converted) {
      const text = (i: number) => number(own[i]?.sum ?? Number.NaN);
      facts.push({ title: strings.factConverted(first.unit), text });
    }
    facts.push(
      { title: strings.factOwn(first.unit), text: (i) => number(own[i]?.output ?? Number.NaN) },
      { title: strings.factResidual(first.unit), text: (i) => residualText(own[i]) },
    );
  }
  const columns: TableColumn[] = [
    { title: strings.fact, value: (fact) => facts[fact].title },
    ...rows.map((row, i) => ({
      title: strings.rowTitle(page.rows.ids.text(row)),
      numeric: true,
      value: (fact: number) => facts[fact].text(i),
    })),
  ];
  const isAdditive = view.spec.additive;
  const missing = values === null ? null : isAdditive ? noOwn(page, output) : strings.notAdditive;
  return (
    <section class="card stack tight">
      <h2>{strings.facts}</h2>
      <p class="frame-summary">{strings.factsSummary}</p>
      <DataTable label={strings.facts} table={{ count: facts.length, columns }} fixed />
      {first === null && missing !== null ? <Note>{missing}</Note> : null}
    </section>
  );
}

/** Why the model's own output does not stand beside the sum. */
function noOwn(page: Page, output: number): string {
  const held = figuredTarget(page);
  return held === null || isHeld(page, output)
    ? strings.noOwn
    : strings.otherTarget(held, outputNames(page)[output]);
}

/** One line of the table. */
interface Fact {
  readonly title: string;
  readonly text: (row: number) => string;
}

/** What is lost by keeping values in few bytes is no difference. */
function residualText(own: Own | null): string {
  if (own === null) return strings.unknown;
  const small = 5e-4 * Math.max(1, Math.abs(own.output));
  return Math.abs(own.residual) < small ? strings.zero : signed(own.residual);
}
