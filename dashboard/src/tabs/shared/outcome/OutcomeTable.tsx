/** The classes, or the value, before and after an edit. */

import type { JSX } from 'preact';
import { amount, difference, type Line, type Outcome, shownLines } from './outcome.ts';
import { strings } from './strings.ts';

interface TableProps {
  readonly outcome: Outcome;
  readonly isEdited: boolean;
  readonly least: number;
}

export function OutcomeTable({ outcome, isEdited, least }: TableProps): JSX.Element {
  const { unit, labels } = outcome;
  return (
    <section class="table-wrap" aria-label={strings.outcome} tabIndex={0}>
      <table class="table">
        <caption class="sr-only">{strings.outcome}</caption>
        <thead>
          <tr>
            <th scope="col">{labels === null ? strings.value : strings.class}</th>
            <th scope="col" class="numeric">
              {strings.before}
            </th>
            <th scope="col" class="numeric">
              {strings.after}
            </th>
            <th scope="col" class="numeric">
              {strings.change}
            </th>
          </tr>
        </thead>
        <tbody>
          {shownLines(outcome.lines).map((line) => (
            <tr key={line.name}>
              <th scope="row">
                <span class="cut" title={line.name}>
                  {line.name}
                </span>{' '}
                {line.said[1] ? <span class="badge info">{strings.predicted}</span> : null}
              </th>
              <td class="numeric">
                <data value={line.before}>{amount(unit, line.before)}</data>
              </td>
              <td class="numeric">
                <Share unit={unit} value={line.after} />
                <data value={line.after}>{amount(unit, line.after)}</data>
              </td>
              <td class={`numeric ${isEdited ? toneOf(line, least) : ''}`}>
                {isEdited ? <Moved line={line} unit={unit} least={least} /> : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function toneOf({ before, after }: Line, least: number): string {
  const moved = after - before;
  if (Math.abs(moved) <= least || moved === 0) return '';
  return moved > 0 ? 'moved-up' : 'moved-down';
}

interface MovedProps {
  readonly line: Line;
  readonly unit: Outcome['unit'];
  readonly least: number;
}

/** An arrow says the direction, too: colour is never alone. */
function Moved({ line, unit, least }: MovedProps): JSX.Element {
  const moved = line.after - line.before;
  if (moved !== 0 && Math.abs(moved) <= least) {
    return <span title={strings.withinError}>{strings.about(difference(unit, line))}</span>;
  }
  const arrow = moved > 0 ? '▲' : moved < 0 ? '▼' : '';
  return (
    <>
      <span aria-hidden="true">{arrow}</span> {difference(unit, line)}
    </>
  );
}

/** A probability as a bar. */
function Share({
  unit,
  value,
}: {
  readonly unit: string;
  readonly value: number;
}): JSX.Element | null {
  if (unit !== 'probability') return null;
  return (
    <span class="share" aria-hidden="true">
      <span style={{ width: `${Math.round(value * 100)}%` }} />
    </span>
  );
}
