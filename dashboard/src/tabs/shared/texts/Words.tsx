/** A text as it runs, with its marks; a part at a time where it is long. */

import type { JSX, RefObject } from 'preact';
import { useEffect, useId, useMemo, useRef, useState } from 'preact/hooks';
import { nextMark } from '../../../charts/hooks.ts';
import { Button } from '../../../ui/index.ts';
import { invisible, levelOf, type Mark, type Part, partsOf, piecesOf, turns } from './logic.ts';
import { strings } from './strings.ts';

/** Marks drawn together: a browser draws so many at once. */
const MOST_MARKS = 1500;

interface WordsProps {
  readonly label: string;
  readonly text: string;
  readonly marks: readonly Mark[];
  /** Positions of the marks that are coloured. */
  readonly shown: ReadonlySet<number>;
  readonly largest: number;
  /** The mark under the cursor; -1: none. */
  readonly at: number;
  readonly onAt: (mark: number) => void;
  /** What is said of a mark, in lines. */
  readonly describe: (mark: number) => string;
  /** What takes the mark under the cursor out of the text, also by Delete. */
  readonly take?: { readonly label: string; readonly at: (mark: number) => void };
}

export function Words(props: WordsProps): JSX.Element {
  const { text, marks, at, onAt } = props;
  const hint = useId();
  const ref = useRef<HTMLDivElement>(null);
  const parts = useMemo(() => partsOf(marks, text.length, MOST_MARKS), [marks, text]);
  const [over, setOver] = useState(-1);
  const [byKey, setByKey] = useState(false);
  const number = Math.max(
    0,
    parts.findIndex(({ to }) => at < to),
  );
  const part = parts[number];
  useCursor(ref, at, part);
  const go = (mark: number, key: boolean) => {
    setByKey(key);
    setOver(-1);
    onAt(mark);
  };
  const { take } = props;
  const canTake = take !== undefined && at >= 0;
  const onKeyDown = (event: KeyboardEvent) => {
    if (canTake && event.key === 'Delete') {
      event.preventDefault();
      setByKey(true);
      take.at(at);
      return;
    }
    const to = movedTo(event, at, parts, number, marks.length);
    if (to === null) return;
    event.preventDefault();
    go(to, true);
  };
  const said = over >= 0 && over < marks.length ? over : at;
  const lines = said >= 0 && said < marks.length ? props.describe(said).split('\n') : [];
  return (
    <div class="stack tight">
      <div class="words-frame">
        <div
          ref={ref}
          class="words"
          dir="auto"
          role="application"
          aria-label={props.label}
          aria-describedby={hint}
          tabIndex={0}
          onKeyDown={onKeyDown}
          onClick={(event) => go(markAt(event), false)}
          onPointerMove={(event) => setOver(markAt(event))}
          onPointerLeave={() => setOver(-1)}
        >
          <Pieces {...props} part={part} />
        </div>
      </div>
      <div class="words-foot">
        <p class="words-said" aria-hidden="true">
          {lines.join(' \u00b7 ')}
        </p>
        {take === undefined ? null : (
          <Button small disabled={at < 0} onClick={() => take.at(at)}>
            {take.label}
          </Button>
        )}
      </div>
      <div class="sr-only" aria-live="polite">
        {byKey ? lines.join('. ') : ''}
      </div>
      <p class="chart-hint" id={hint}>
        {take === undefined ? strings.hint : `${strings.hint} ${strings.takeHint}`}
      </p>
      {parts.length > 1 ? (
        <nav class="pager" aria-label={strings.parts}>
          <Button small disabled={number === 0} onClick={() => go(parts[number - 1].from, false)}>
            {strings.previousPart}
          </Button>
          <Button
            small
            disabled={number === parts.length - 1}
            onClick={() => go(parts[number + 1].from, false)}
          >
            {strings.nextPart}
          </Button>
          <span role="status">{strings.part(number + 1, parts.length)}</span>
        </nav>
      ) : null}
    </div>
  );
}

function Pieces(props: WordsProps & { readonly part: Part }): JSX.Element {
  const { text, marks, shown, largest, part } = props;
  return useMemo(
    () => (
      <>
        {piecesOf(text, marks, part).map(({ mark, text: piece }, i) => {
          if (mark < 0 && !turns(piece)) return piece;
          return (
            <span
              key={`${part.from} ${i}`}
              class={classOf(mark < 0 ? 0 : marks[mark].value, shown.has(mark), largest, piece)}
              data-word={mark < 0 ? undefined : mark}
            >
              {invisible(piece) ?? piece}
            </span>
          );
        })}
      </>
    ),
    [text, marks, shown, largest, part],
  );
}

function classOf(value: number, isShown: boolean, largest: number, piece: string): string {
  const level = isShown ? levelOf(value, largest) : 0;
  const sign = level === 0 ? '' : ` ${value > 0 ? 'raises' : 'lowers'} level-${level}`;
  // What turns directions does so within the token alone.
  const alone = turns(piece) ? ' alone' : '';
  return `word${sign}${alone}${invisible(piece) === null ? '' : ' unseen'}`;
}

/** Marks what the cursor is at, and brings it into sight. */
function useCursor(ref: RefObject<HTMLDivElement | null>, at: number, part: Part): void {
  useEffect(() => {
    const element = ref.current?.querySelector<HTMLElement>(`[data-word="${at}"]`);
    if (!element) return undefined;
    element.dataset.at = '';
    const box = ref.current;
    if (box) {
      const [top, height] = [element.offsetTop, element.offsetHeight];
      if (top < box.scrollTop) box.scrollTop = top - 8;
      else if (top + height > box.scrollTop + box.clientHeight) {
        box.scrollTop = Math.min(top - 8, top + height - box.clientHeight + 8);
      }
    }
    return () => {
      delete element.dataset.at;
    };
  }, [at, part]);
}

function markAt(event: Event): number {
  const found = event.target instanceof Element ? event.target.closest('[data-word]') : null;
  return found === null ? -1 : Number(found.getAttribute('data-word'));
}

/** The mark a key leads to; null for other keys. In a text from right to left, left is onward. */
function movedTo(
  event: KeyboardEvent,
  at: number,
  parts: readonly Part[],
  part: number,
  count: number,
): number | null {
  if (count === 0) return null;
  if (event.key === 'PageDown') return parts[Math.min(part + 1, parts.length - 1)].from;
  if (event.key === 'PageUp') return parts[Math.max(part - 1, 0)].from;
  const direction = getComputedStyle(event.currentTarget as Element).direction;
  const turned: Record<string, string> = { ArrowLeft: 'ArrowRight', ArrowRight: 'ArrowLeft' };
  const key = direction === 'rtl' ? (turned[event.key] ?? event.key) : event.key;
  if (at < 0) return nextMark(key, 0, count, 1) === null ? null : key === 'End' ? count - 1 : 0;
  return nextMark(key, at, count, 1);
}
