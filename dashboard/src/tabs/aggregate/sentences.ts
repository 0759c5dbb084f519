/** Sentences and tables of the chart of importance. */

import { boxOf } from '../../charts/boxes.ts';
import type { TableColumn, TableSpec } from '../../charts/types.ts';
import { isLabelled } from '../../payload/columns.ts';
import type { Page } from '../../payload/page.ts';
import { count, short, signedShort, tidy } from '../../text/numbers.ts';
import { type Drawn, hasColumns, isWord, MOST_DOTS, MOST_SPREAD } from './drawn.ts';
import { differenceOf, type Group, shareOf, spreadOf } from './logic.ts';
import { strings } from './strings.ts';

/** What is seen, in a sentence or two. */
export function summaryOf(drawn: Drawn): string {
  const { asked, groups, shown } = drawn;
  const { features } = asked.view.spec;
  const [group] = groups;
  if (group === undefined || group.rows === 0) return strings.noRows;
  const largest = Math.max(0, ...Array.from(group.values).filter(Number.isFinite).map(Math.abs));
  const order = features
    .map((_, i) => i)
    .filter((i) => Math.abs(tidy(group.values[i], largest)) > 0)
    .sort((a, b) => Math.abs(group.values[b]) - Math.abs(group.values[a]));
  const [first, ...next] = order.slice(0, 3);
  if (first === undefined) return strings.nothing;
  const text = asked.signed && drawn.kind === 'bar' ? signedShort : short;
  const leads = strings.first(
    features[first],
    text(group.values[first]),
    next.map((i) => features[i]),
  );
  const how = { bar: '', box: strings.boxes, violin: strings.violins, beeswarm: dots(drawn) };
  const carries =
    drawn.kind === 'bar' && !asked.signed && shown.length > 0
      ? strings.carries(shown.length, shareOf(group, shown))
      : '';
  return [leads, carries, how[drawn.kind]].filter(Boolean).join(' ');
}

function dots(drawn: Drawn): string {
  if (!drawn.asked.signed) return strings.dotsSize;
  return hasColumns(drawn) ? strings.dots : strings.dotsOfWords;
}

/** Which rows the figures are of, and what was left out. */
export function noteOf(page: Page, drawn: Drawn): string {
  const { groups, kind, shown, asked, compared } = drawn;
  const sampled = page.rows.count < page.rows.total;
  const isBar = kind === 'bar';
  const parts = groups.map((group, i) =>
    strings.over(
      group.name,
      isBar && group.whole
        ? strings.wholeRows(group.rows)
        : strings.pageRows(compared[i].rows.length, sampled),
    ),
  );
  const most = kind === 'beeswarm' ? MOST_DOTS : MOST_SPREAD;
  if (!isBar && compared.some((group) => group.rows.length > most)) {
    parts.push(strings.thinned(most));
  }
  if (kind === 'beeswarm' && shown.some((i) => isLabelled(asked.view.columns[i]))) {
    parts.push(strings.greyLabels);
  }
  const unknown = unknownOf(drawn);
  if (unknown > 0) parts.push(strings.notKept(unknown));
  if (kind === 'beeswarm' && hasColumns(drawn) && shown.some((i) => isWord(drawn, i))) {
    parts.push(strings.greyWords);
  }
  if (drawn.values !== null && hasColumns(drawn)) parts.push(strings.pickHint);
  return parts.join(' ');
}

function unknownOf({ values, shown }: Drawn): number {
  return values === null ? 0 : shown.filter((i) => values.column(i) === null).length;
}

/** The same as a table: all features, not only those drawn. */
export function tableOf(drawn: Drawn): TableSpec {
  const { asked, groups, shown, kind } = drawn;
  const { features } = asked.view.spec;
  const text = asked.signed && drawn.kind === 'bar' ? signedShort : short;
  const columns: TableColumn[] = [
    { title: strings.tableFeature, value: (row) => features[shown[row]] },
    { title: strings.tableRank, numeric: true, value: rankIn(groups[0], shown), text: ranked },
    ...groups.map((group) => ({
      title: strings.tableValue(group.name),
      numeric: true,
      value: (row: number) => group.values[shown[row]],
      text: (row: number) => text(group.values[shown[row]]),
    })),
  ];
  const [{ deviations }] = groups;
  if (deviations) {
    columns.push({
      title: strings.deviation,
      numeric: true,
      value: (row) => deviations[shown[row]],
      text: (row) => short(deviations[shown[row]]),
    });
  }
  if (groups.length > 1) {
    columns.push({
      title: strings.sortDifference,
      numeric: true,
      value: (row) => differenceOf(groups, shown[row]),
    });
  }
  if (kind !== 'bar') columns.push(...medians(drawn));
  return { columns, count: shown.length };

  function ranked(row: number): string {
    return count(rankIn(groups[0], shown)(row));
  }
}

function rankIn(group: Group, shown: readonly number[]): (row: number) => number {
  const order = Array.from(group.values, (_, i) => i).sort(
    (a, b) => (Math.abs(group.values[b]) || 0) - (Math.abs(group.values[a]) || 0),
  );
  const ranks = new Map(order.map((feature, place) => [feature, place + 1]));
  return (row) => ranks.get(shown[row]) ?? Number.NaN;
}

function medians({ asked, compared, shown, values }: Drawn): TableColumn[] {
  return compared.map((group) => {
    const found = shown.map((feature) => {
      const column = values?.column(feature) ?? null;
      if (column === null) return Number.NaN;
      const keep = asked.signed || !values?.signed;
      return boxOf(spreadOf(column, group.rows, keep, MOST_SPREAD))?.median ?? Number.NaN;
    });
    return {
      title: strings.tableMedian(group.name),
      numeric: true,
      value: (row: number) => found[row],
    };
  });
}
