/** A rectangle that is drawn over points, by pointer or by keys: what each step makes of it. */

/** A place in pixels. */
export interface Corner {
  readonly x: number;
  readonly y: number;
}

export interface Brush {
  /** Where it began; null: there is none. */
  readonly from: Corner | null;
  readonly to: Corner | null;
  /** Whether it was begun by a key, and follows the cursor. */
  readonly byKey: boolean;
}

export const NO_BRUSH: Brush = { from: null, to: null, byKey: false };

/** Nearer to where it began, a pointer has not drawn anything. */
const DRAG = 4;

/** A pointer was pressed. */
export function pressed(at: Corner): Brush {
  return { from: at, to: null, byKey: false };
}

/** A key began it at the cursor. */
export function begun(at: Corner): Brush {
  return { from: at, to: at, byKey: true };
}

/** A pointer was dragged. */
export function dragged(brush: Brush, at: Corner): Brush {
  return brush.from === null ? brush : { ...brush, to: at };
}

/** The cursor was moved by a key. */
export function followed(brush: Brush, at: Corner): Brush {
  return brush.byKey ? { ...brush, to: at } : brush;
}

/** Its corners with the last at a place; null where nothing was drawn. */
export function cornersAt(brush: Brush, at: Corner | null): readonly [Corner, Corner] | null {
  const { from, byKey } = brush;
  if (from === null || at === null) return null;
  const isFar = Math.abs(from.x - at.x) > DRAG || Math.abs(from.y - at.y) > DRAG;
  return byKey || isFar ? [from, at] : null;
}

/** From left to right, and from top to bottom. */
export function spansOf([a, b]: readonly [Corner, Corner]): {
  readonly across: readonly [number, number];
  readonly down: readonly [number, number];
} {
  return {
    across: [Math.min(a.x, b.x), Math.max(a.x, b.x)],
    down: [Math.min(a.y, b.y), Math.max(a.y, b.y)],
  };
}
