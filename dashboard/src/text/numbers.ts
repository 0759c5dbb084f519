/** Numbers as a reader sees them: one place, `Intl` throughout. */

const LANGUAGE = 'en';
const MINUS = '\u2212';
const NONE = '\u2013';

const whole = new Intl.NumberFormat(LANGUAGE, { maximumFractionDigits: 0 });
const three = new Intl.NumberFormat(LANGUAGE, { maximumSignificantDigits: 3 });
const four = new Intl.NumberFormat(LANGUAGE, { maximumSignificantDigits: 4 });
/** Smaller ones have an exponent. */
const TINY = 1e-4;
/** What a number of double precision always keeps. */
const EXACT = 15;
const BRIEF = 6;
/** An exponent takes the room of digits. */
const BRIEFER = 4;
const tiny = new Intl.NumberFormat(LANGUAGE, {
  notation: 'scientific',
  maximumSignificantDigits: 3,
});
const large = new Intl.NumberFormat(LANGUAGE, {
  notation: 'compact',
  maximumSignificantDigits: 3,
});
const shares = new Intl.NumberFormat(LANGUAGE, { style: 'percent', maximumFractionDigits: 1 });
const time = new Intl.DateTimeFormat(LANGUAGE, {
  dateStyle: 'medium',
  timeStyle: 'short',
  timeZone: 'UTC',
});
const date = new Intl.DateTimeFormat(LANGUAGE, { dateStyle: 'medium', timeZone: 'UTC' });

/** Without the sign of a zero. */
function minus(text: string): string {
  if (text === '-0') return '0';
  return text.replace(/^-/, MINUS).replace('E-', `E${MINUS}`);
}

/** 1,234 */
export function count(value: number): string {
  return Number.isFinite(value) ? minus(whole.format(value)) : NONE;
}

/** Four significant digits, scientific where it is very small or large; a dash where missing. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return infinite(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < TINY || size >= 1e9)) return minus(tiny.format(value));
  return minus(size >= 1e4 ? whole.format(value) : four.format(value));
}

/** A difference that should be none: rounding is not told apart. */
export function gap(value: number): string {
  return Math.abs(value) < 1e-9 ? 'less than 1e-9' : number(value);
}

/** As few digits as tell it: ticks. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return infinite(value);
  const size = Math.abs(value);
  if (size !== 0 && size < TINY) return minus(tiny.format(value));
  return minus(size >= 1e4 ? large.format(value) : three.format(value));
}

/** All digits, without what rounding leaves behind and without grouping: for fields. */
export function precise(value: number): string {
  return plain(value, EXACT);
}

/** Few digits, no grouping, and all of a whole number: for fields that nobody typed in. */
export function brief(value: number): string {
  const size = Math.abs(value);
  if (size >= 10 ** BRIEF) return precise(value);
  return plain(value, size < TINY ? BRIEFER : BRIEF);
}

/** As fields take it: an exponent where zeros would fill the field. */
function plain(value: number, digits: number): string {
  if (!Number.isFinite(value)) return '';
  if (Number.isInteger(value)) return String(value);
  const rounded = Number(value.toPrecision(digits));
  return Math.abs(rounded) < TINY ? rounded.toExponential() : String(rounded);
}

/** +0.12, -0.12 with a real minus sign. */
export function signed(value: number): string {
  return value > 0 ? `+${number(value)}` : number(value);
}

/** +0.12 with three significant digits. */
export function signedShort(value: number): string {
  return value > 0 ? `+${short(value)}` : short(value);
}

/** Zero where a value is nothing beside the largest: what rounding leaves of a sum. */
export function tidy(value: number, largest: number): number {
  return Math.abs(value) < 1e-9 * Math.abs(largest) ? 0 : value;
}

/** 12.3% of 0.123 */
export function percent(value: number): string {
  return Number.isFinite(value) ? minus(shares.format(value)) : NONE;
}

/** +1.2 pp of 0.012 */
export function points(value: number): string {
  if (!Number.isFinite(value)) return NONE;
  return `${signed(Math.round(value * 1000) / 10)} pp`;
}

/** Milliseconds since 1970; without the hour where it is midnight. */
export function moment(value: number): string {
  if (!Number.isFinite(value)) return NONE;
  return (value % 86_400_000 === 0 ? date : time).format(value);
}

/** "1 row", "2 rows" */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** "a, b and c" */
export function listed(texts: readonly string[]): string {
  return new Intl.ListFormat(LANGUAGE, { type: 'conjunction' }).format(texts);
}

function infinite(value: number): string {
  if (Number.isNaN(value)) return NONE;
  return value > 0 ? '\u221e' : `${MINUS}\u221e`;
}
