/** Axes laid out in pixels: numbers, logarithms, times, categories, and a band for the missing. */

import { nice, tickStep, ticks } from 'd3-array';
import { short } from '../text/numbers.ts';
import { strings } from './strings.ts';
import type { AxisLayout, AxisSpec } from './types.ts';

/** Of missing values: on a bottom axis wide enough for the word. */
const WIDE_BAND = 46;
const BAND = 24;
const GAP = 14;
/** Room at both ends for dots that are spread around the first and the last value. */
const SPREAD = 16;

type Tick = AxisLayout['ticks'][number];

interface Scale {
  readonly place: (value: number) => number;
  readonly value: (pixel: number) => number;
  readonly ticks: readonly Tick[];
  readonly band: number;
}

/** Lay an axis out between two pixels; `every` is the room a tick needs. */
export function layoutAxis(
  spec: AxisSpec,
  range: readonly [number, number],
  every: number,
): AxisLayout {
  const [start, end] = range;
  const way = Math.sign(end - start) || 1;
  const wideness = way > 0 ? WIDE_BAND : BAND;
  const from = spec.missing ? start + way * (wideness + GAP) : start;
  const missingAt = spec.missing ? start + (way * wideness) / 2 : null;
  const air = spec.jitter && spec.kind !== 'category' ? way * SPREAD : 0;
  const scale = scaleOf(spec, from + air, end - air, every);
  const inMissing = (pixel: number) => spec.missing === true && way * (pixel - start) <= wideness;
  return {
    spec,
    range: [from, end],
    ticks: scale.ticks,
    band: scale.band,
    missingAt,
    place: (value) => (Number.isNaN(value) ? (missingAt ?? from) : scale.place(value)),
    value: (pixel) => (inMissing(pixel) ? Number.NaN : scale.value(pixel)),
  };
}

function scaleOf(spec: AxisSpec, from: number, to: number, every: number): Scale {
  if (spec.kind === 'category') return bands(spec, from, to, every);
  const count = Math.max(2, Math.floor(Math.abs(to - from) / every));
  const domain = spec.domain ?? [0, 1];
  if (spec.log && domain[0] > 0) return logarithmic(spec, [domain[0], domain[1]], from, to);
  return straight(spec, wide(domain), from, to, count);
}

/** A domain with a width: a single value gets room around it. */
export function wide(domain: readonly [number, number]): [number, number] {
  const [low, high] = domain;
  if (!Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  if (high > low) return [low, high];
  const half = low === 0 ? 1 : Math.abs(low) * 0.1;
  return [low - half, low + half];
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}

function straight(
  spec: AxisSpec,
  given: [number, number],
  from: number,
  to: number,
  count: number,
): Scale {
  const isTime = spec.kind === 'time';
  const domain = spec.exact || isTime ? given : nice(given[0], given[1], count);
  const [low, high] = domain;
  const factor = (to - from) / (high - low);
  const place = (value: number) => from + (clamp(value, low, high) - low) * factor;
  const at = isTime ? timeTicks(low, high, count) : numberTicks(low, high, count, spec);
  return {
    place,
    value: (pixel) => clamp(low + (pixel - from) / factor, low, high),
    ticks: at.map(([value, text]) => ({ at: place(value), text, full: text })),
    band: 0,
  };
}

/** One tick says nothing of the scale: closer ones are tried until there are two. */
const CLOSEST = 8;

/** Round numbers, two at least, with as many decimals as tell them apart. */
export function numberTicks(
  low: number,
  high: number,
  count: number,
  { format, whole = false }: Pick<AxisSpec, 'format' | 'whole'> = {},
): [number, string][] {
  let [wanted, found] = [count, ticks(low, high, count)];
  while (found.length < 2 && wanted < CLOSEST) found = ticks(low, high, ++wanted);
  if (whole) found = found.filter(Number.isInteger);
  const step = Math.abs(tickStep(low, high, wanted));
  const text = format ?? ((value: number) => tickText(value, whole ? Math.max(1, step) : step));
  // A format may round closer than ticks are: the same text twice would name two places.
  const said = new Set<string>();
  return found
    .map((value): [number, string] => [value, text(value)])
    .filter(([, one]) => !said.has(one) && said.add(one));
}

function tickText(value: number, step: number): string {
  const size = Math.max(Math.abs(value), step);
  if (size >= 1e4 || step < 1e-4) return short(value);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return (value === 0 ? 0 : value).toFixed(digits).replace('-', '\u2212');
}

function logarithmic(
  spec: AxisSpec,
  [low, high]: [number, number],
  from: number,
  to: number,
): Scale {
  const [a, b] = wide([Math.log10(low), Math.log10(high)]);
  const factor = (to - from) / (b - a);
  const place = (value: number) =>
    from + ((value > 0 ? clamp(Math.log10(value), a, b) : a) - a) * factor;
  const format = spec.format ?? short;
  const values = logTicks(a, b);
  return {
    place,
    value: (pixel) => 10 ** clamp(a + (pixel - from) / factor, a, b),
    ticks: values.map((value) => ({
      at: place(value),
      text: format(value),
      full: format(value),
    })),
    band: 0,
  };
}

/** Powers of ten; 2 and 5 between them where there are few. */
export function logTicks(a: number, b: number): number[] {
  const span = b - a;
  const every = Math.max(1, Math.ceil(span / 6));
  const found: number[] = [];
  for (let power = Math.floor(a); power <= Math.ceil(b); power += every) {
    for (const times of span < 2.5 ? [1, 2, 5] : [1]) {
      const value = times * 10 ** power;
      if (Math.log10(value) >= a - 1e-9 && Math.log10(value) <= b + 1e-9) found.push(value);
    }
  }
  return found;
}

function bands(spec: AxisSpec, from: number, to: number, every: number): Scale {
  const names = spec.names ?? [];
  const count = Math.max(1, names.length);
  const width = (to - from) / count;
  const middle = (code: number) => from + (clamp(code, 0, count - 1) + 0.5) * width;
  const skip = Math.max(1, Math.ceil(Math.min(every, 20) / Math.abs(width)));
  return {
    place: middle,
    value: (pixel) => clamp(Math.floor((pixel - from) / width), 0, count - 1),
    ticks: names.flatMap((name, code) =>
      code % skip === 0 ? [{ at: middle(code), text: name, full: name }] : [],
    ),
    band: Math.abs(width),
  };
}

const SECOND = 1000;
const DAY = 86_400_000;
const STEPS = [1, 5, 15, 30, 60, 300, 900, 1800, 3600, 10_800, 21_600, 43_200].map(
  (seconds) => seconds * SECOND,
);
const DAYS = [1, 2, 7, 14].map((days) => days * DAY);
const MONTHS = [1, 3, 6, 12, 24, 60, 120, 240, 600];

/** Times at round places, in UTC. */
export function timeTicks(low: number, high: number, count: number): [number, string][] {
  const wanted = (high - low) / count;
  const step = [...STEPS, ...DAYS].find((one) => one >= wanted);
  return step === undefined ? monthTicks(low, high, wanted) : evenTicks(low, high, step);
}

function evenTicks(low: number, high: number, step: number): [number, string][] {
  const isDay = step >= DAY;
  const show = new Intl.DateTimeFormat('en', {
    timeZone: 'UTC',
    ...(isDay
      ? { month: 'short', day: 'numeric' }
      : {
          hour: '2-digit',
          minute: '2-digit',
          hourCycle: 'h23',
          ...(step < 60_000 ? { second: '2-digit' } : {}),
        }),
  });
  const found: [number, string][] = [];
  for (let at = Math.ceil(low / step) * step; at <= high; at += step) {
    found.push([at, show.format(at)]);
  }
  return found;
}

function monthTicks(low: number, high: number, wanted: number): [number, string][] {
  const months = MONTHS.find((one) => one * 30.4 * DAY >= wanted) ?? 1200;
  const show = new Intl.DateTimeFormat('en', {
    timeZone: 'UTC',
    year: 'numeric',
    ...(months < 12 ? { month: 'short' } : {}),
  });
  const start = new Date(low);
  const found: [number, string][] = [];
  let month = Math.ceil((start.getUTCFullYear() * 12 + start.getUTCMonth()) / months) * months;
  for (; ; month += months) {
    const at = Date.UTC(Math.floor(month / 12), month % 12, 1);
    if (at > high) return found;
    if (at >= low) found.push([at, show.format(at)]);
  }
}

/** A domain with a little air at both ends. */
export function airy([low, high]: readonly [number, number]): [number, number] {
  const air = (high - low) * 0.03;
  return [low - air, high + air];
}

/** Why an axis is as it is, in words: its title with what missing values are. */
export function axisText(spec: AxisSpec, value: number): string {
  if (Number.isNaN(value)) return strings.missing;
  if (spec.kind === 'category') return spec.names?.[value] ?? '';
  return (spec.format ?? short)(value);
}
