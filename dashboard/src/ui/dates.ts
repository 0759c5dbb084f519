/** Times in the browser's own field: UTC. */

/** "2024-05-01T12:30" of milliseconds since 1970; with seconds where there are any. */
export function dateText(time: number): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return '';
  return date.toISOString().slice(0, time % 60_000 === 0 ? 16 : 23);
}

/** Milliseconds of such a text; NaN of an empty one. */
export function timeOf(text: string): number {
  return text === '' ? Number.NaN : Date.parse(`${text}Z`);
}
