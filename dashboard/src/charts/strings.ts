/** Words of the charts. */

import { count } from '../text/numbers.ts';

export const strings = {
  missing: 'missing',
  table: 'Table',
  chart: 'Chart',
  showTable: (title: string) => `Show as a table: ${title}`,
  showChart: (title: string) => `Show as a chart: ${title}`,
  tableOf: (title: string) => `Table: ${title}`,
  nothing: 'Nothing to draw here.',
  median: (text: string) => `median ${text}`,
  mean: (text: string) => `mean ${text}`,
  middleHalf: (low: string, high: string) => `middle half ${low} to ${high}`,
  whiskers: (low: string, high: string) => `whiskers ${low} to ${high}`,
  rows: (rows: number) => `${count(rows)} ${rows === 1 ? 'row' : 'rows'}`,
  outside: (rows: number) => `${count(rows)} beyond the whiskers`,
  between: (low: string, high: string) => `between ${low} and ${high}`,
  named: (name: string, value: string) => `${name}: ${value}`,
  interval: (low: string, high: string) => `interval ${low} to ${high}`,
  pointKeys: 'Arrow keys move between points.',
  pickKey: 'Enter picks one.',
  brushKeys: 'B starts a rectangle, arrows stretch it, B ends it, Escape drops it.',
  brushPointer: 'Drag over points to mark a rectangle.',
  lineKeys: 'Left and right arrow keys read the lines off.',
  swarmKeys: 'Up and down arrow keys move between features, left and right between points.',
  brushed: (rows: number) => `${count(rows)} ${rows === 1 ? 'point' : 'points'} in the rectangle`,
  brushStarted: 'Rectangle started.',
  brushDropped: 'Rectangle dropped.',
} as const;
