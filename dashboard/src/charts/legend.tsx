/** What colours, shapes and patterns mean. */

import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import { CLASSES } from './canvas.ts';
import { DASHES, Hatches, Patch } from './looks.tsx';
import { shapeOf } from './paths.ts';
import { strings } from './strings.ts';
import type { LegendProps, Series } from './types.ts';

export function Legend(props: LegendProps): JSX.Element {
  const { series = [], categories, scale, signs, selected, as = 'bar' } = props;
  return (
    <ul class="legend">
      {series.map((one, i) => (
        <li key={`${i} ${one.name}`}>
          <Key series={one} as={as} />
          <Name text={one.name} />
        </li>
      ))}
      {categories ? <li class="small">{`${categories.title}:`}</li> : null}
      {categories?.names.map((name, i) => (
        <li key={`${i} ${name}`}>
          <svg width="12" height="12" viewBox="-6 -6 12 12" aria-hidden="true">
            <path d={shapeOf(i, 60)} fill={`var(--class-${i % CLASSES})`} />
          </svg>
          <Name text={name} />
        </li>
      ))}
      {signs ? <Signs {...signs} /> : null}
      {scale ? (
        <li>
          <Name text={scale.title} />
          <span class="nowrap">{scale.low}</span>
          <span class="ramp" aria-hidden="true" />
          <span class="nowrap">{scale.high}</span>
        </li>
      ) : null}
      {scale?.missing ? (
        <li>
          <svg width="12" height="12" aria-hidden="true">
            <circle cx="6" cy="6" r="4" fill="var(--missing)" />
          </svg>
          <span>{strings.missing}</span>
        </li>
      ) : null}
      {selected ? (
        <li>
          <svg width="14" height="14" aria-hidden="true">
            <circle cx="7" cy="7" r="5" fill="none" stroke="var(--ink)" stroke-width="2" />
          </svg>
          <span>{selected}</span>
        </li>
      ) : null}
    </ul>
  );
}

function Name({ text }: { text: string }): JSX.Element {
  return (
    <span class="name" title={text}>
      {text}
    </span>
  );
}

function Signs({ positive, negative }: { positive: string; negative: string }): JSX.Element {
  return (
    <>
      <li>
        <svg width="14" height="12" aria-hidden="true">
          <path d="M0 0h10l4 6-4 6H0Z" fill="var(--positive)" />
        </svg>
        <span>{positive}</span>
      </li>
      <li>
        <svg width="14" height="12" aria-hidden="true">
          <path d="M14 0H4L0 6l4 6h10Z" fill="var(--negative)" />
        </svg>
        <span>{negative}</span>
      </li>
    </>
  );
}

function Key({ series, as }: { series: Series; as: 'bar' | 'line' | 'point' }): JSX.Element {
  const id = useId();
  const look = series.colour;
  if (as === 'line') {
    return (
      <svg width="24" height="10" aria-hidden="true">
        <path
          class={`line-look cohort-${look}`}
          d="M0 5H24"
          stroke-width="2.5"
          stroke-dasharray={DASHES[look]}
        />
      </svg>
    );
  }
  if (as === 'point') {
    return (
      <svg width="12" height="12" viewBox="-6 -6 12 12" aria-hidden="true">
        <path class={`fill-look cohort-${look}`} d={shapeOf(look, 60)} />
      </svg>
    );
  }
  return (
    <svg width="14" height="12" aria-hidden="true">
      <Hatches id={id} />
      <Patch id={id} look={look} x={0} y={0} width={14} height={12} />
    </svg>
  );
}
