/** Width of texts in charts, and texts cut to a width. */

const FONT = '11.5px';
const GUESS = 6.2;
const widths = new Map<string, number>();
let context: CanvasRenderingContext2D | null | undefined;

function pen(): CanvasRenderingContext2D | null {
  if (context === undefined && typeof document !== 'undefined') {
    context = document.createElement('canvas').getContext('2d');
    if (context !== null) {
      context.font = `${FONT} ${getComputedStyle(document.body).fontFamily}`;
    }
  }
  return context ?? null;
}

export function textWidth(text: string): number {
  const known = widths.get(text);
  if (known !== undefined) return known;
  const width = pen()?.measureText(text).width ?? text.length * GUESS;
  if (widths.size > 5000) widths.clear();
  widths.set(text, width);
  return width;
}

/** The text with an ellipsis where it is too long: in its middle, as ends of names differ most. */
export function cut(text: string, room: number): string {
  if (textWidth(text) <= room) return text;
  const letters = Array.from(text);
  let low = 1;
  let high = letters.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (textWidth(shortened(letters, middle)) <= room) low = middle;
    else high = middle - 1;
  }
  return shortened(letters, low);
}

function shortened(letters: readonly string[], keep: number): string {
  const head = Math.ceil(keep * 0.65);
  const tail = keep - head;
  return `${letters.slice(0, head).join('')}\u2026${tail > 0 ? letters.slice(-tail).join('') : ''}`;
}

/** Room a column of labels takes: the widest, within a share of the chart. */
export function labelRoom(labels: readonly string[], width: number): number {
  const widest = Math.max(0, ...labels.map(textWidth));
  return Math.ceil(Math.min(widest + 2, width * 0.32, 220));
}
