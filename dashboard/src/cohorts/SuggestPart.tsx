/** Cohorts on which the model is worst. */

import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Filter } from '../payload/types.ts';
import { described } from '../state/filters.ts';
import { useStore } from '../state/store.ts';
import { Button, Note } from '../ui/index.ts';
import { strings } from './strings.ts';
import { type Suggestions, suggested } from './suggest.ts';

export function SuggestPart(): JSX.Element {
  const { page } = useStore();
  const found = useMemo(() => suggested(page), [page]);
  if (found === null) return <Note>{strings.worstNoTruth}</Note>;
  if (found.candidates === 0) return <Note>{strings.worstFew(found.least)}</Note>;
  return (
    <div class="stack tight">
      <p class="small muted">
        {strings.worstIntro(found.loss, found.candidates, found.least)}
        {found.searched < page.rows.count ? ` ${strings.worstSample(found.searched)}` : null}
      </p>
      {found.found.length === 0 ? (
        <Note>{strings.worstNone(found.candidates, found.loss)}</Note>
      ) : (
        <Found loss={found.loss} items={found.found} />
      )}
      {found.possible.length === 0 ? null : (
        <>
          <h3>{strings.possible}</h3>
          <p class="small muted">{strings.possibleNote(found.alone)}</p>
          <Found loss={found.loss} items={found.possible} />
        </>
      )}
    </div>
  );
}

interface FoundProps {
  readonly loss: Suggestions['loss'];
  readonly items: Suggestions['found'];
}

function Found({ loss, items }: FoundProps): JSX.Element {
  const { page, cohorts, addCohort } = useStore();
  const show = strings.loss[loss];
  const key = (filter: Filter): string => JSON.stringify(filter);
  const there = new Set(cohorts.value.map(({ filter }) => key(filter)));
  return (
    <ul class="cohort-list">
      {items.map((one) => {
        const name = described(page, one.filter);
        const isThere = there.has(key(one.filter));
        return (
          <li key={key(one.filter)}>
            <div class="cohort-text">
              <strong class="wrap">{name}</strong>
              <p class="small">
                {strings.worstRow(loss, show(one.loss), show(one.rest))}
                {' \u00b7 '}
                <span class="muted">{strings.rows(one.rows, one.rows / page.rows.count)}</span>
              </p>
            </div>
            <Button
              small
              disabled={isThere}
              label={`${strings.add}: ${name}`}
              onClick={() => addCohort(name, one.filter)}
            >
              {isThere ? strings.added : strings.add}
            </Button>
          </li>
        );
      })}
    </ul>
  );
}
