/** Times in the browser's own field: UTC, to the minute. */

/** "2024-05-01T12:30" of milliseconds since 1970. */
export function dateText(time: number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString().slice(0, 16);
}

/** Milliseconds of such a text; NaN of an empty one. */
export function timeOf(text: string): number {
  return text === '' ? Number.NaN : Date.parse(`${text}Z`);
}
