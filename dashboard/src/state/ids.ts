/** Rows by what a reader calls them: their ids. */

import type { Page } from '../payload/page.ts';

/** Rows whose id is, or begins with, a text in any case; exact matches first. */
export function rowsById(page: Page, text: string, most: number): number[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return [];
  const exact: number[] = [];
  const begins: number[] = [];
  for (let row = 0; row < page.rows.count; row++) {
    const id = plainId(page, row).toLowerCase();
    if (id === wanted) exact.push(row);
    else if (begins.length < most && id.startsWith(wanted)) begins.push(row);
  }
  return [...exact, ...begins].slice(0, most);
}

/** The id as a reader types it: numbers without separators. */
function plainId(page: Page, row: number): string {
  const { ids } = page.rows;
  const value = ids.number(row);
  return ids.type === 'number' && Number.isFinite(value) ? String(value) : ids.text(row);
}
