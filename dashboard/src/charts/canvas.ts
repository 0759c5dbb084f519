/** Clouds of dots on a canvas: one small picture per colour and shape, stamped per dot. */

import { shapeOf } from './paths.ts';
import type { Values } from './types.ts';

const STOPS = 5;
const STEPS = 32;
/** Kind of a dot whose colour value is missing; kinds below it go from low to high. */
const MISSING_KIND = STEPS + 1;
/** Kind of the first class; the others follow. */
export const FIRST_CLASS = 64;
/** Classes that can be told apart by colour and shape: the palette. */
export const CLASSES = 8;

/** Kind of a dot by its share of the scale; NaN: missing. */
export function kindOfShare(share: number): number {
  if (Number.isNaN(share)) return MISSING_KIND;
  return Math.round(Math.min(1, Math.max(0, share)) * STEPS);
}

/** Kind of a dot by its class; NaN: missing. */
export function kindOfClass(cls: number): number {
  return Number.isNaN(cls) ? MISSING_KIND : FIRST_CLASS + (cls % CLASSES);
}

interface Cloud {
  readonly xs: Values;
  readonly ys: Values;
  readonly kinds: Uint8Array;
  readonly radius: number;
  readonly opacity: number;
}

/** Radius and opacity that suit a number of points. */
export function dotsFor(count: number): { readonly radius: number; readonly opacity: number } {
  if (count <= 300) return { radius: 4, opacity: 0.85 };
  if (count <= 2000) return { radius: 3.2, opacity: 0.75 };
  if (count <= 10_000) return { radius: 2.4, opacity: 0.65 };
  return { radius: 1.8, opacity: 0.5 };
}

/** Fit a canvas to a size on this screen, and clear it. */
export function sized(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): CanvasRenderingContext2D | null {
  const ratio = devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const pen = canvas.getContext('2d');
  pen?.setTransform(ratio, 0, 0, ratio, 0, 0);
  return pen;
}

/** Draw a cloud. */
export function stamp(pen: CanvasRenderingContext2D, cloud: Cloud): void {
  const { xs, ys, kinds, radius } = cloud;
  const half = Math.ceil(radius * 1.6) + 1;
  const stamps = new Map<number, HTMLCanvasElement>();
  const colours = coloursOf(pen.canvas);
  const ratio = devicePixelRatio || 1;
  pen.globalAlpha = cloud.opacity;
  for (let i = 0; i < xs.length; i++) {
    if (Number.isNaN(xs[i]) || Number.isNaN(ys[i])) continue;
    const kind = kinds[i];
    let picture = stamps.get(kind);
    if (picture === undefined) {
      picture = pictureOf(kind, radius, half, ratio, colours);
      stamps.set(kind, picture);
    }
    pen.drawImage(picture, xs[i] - half, ys[i] - half, 2 * half, 2 * half);
  }
  pen.globalAlpha = 1;
}

interface Colours {
  readonly scale: readonly string[];
  readonly classes: readonly string[];
  readonly missing: string;
}

function coloursOf(element: HTMLElement): Colours {
  // A token is told for both themes: only as a colour of an element is it one of the two.
  const token = (name: string) => {
    element.style.color = `var(${name})`;
    return getComputedStyle(element).color;
  };
  const stops = Array.from({ length: STOPS }, (_, i) => token(`--sequence-${i}`));
  return {
    scale: rampOf(stops),
    classes: Array.from({ length: CLASSES }, (_, i) => token(`--class-${i}`)),
    missing: token('--missing'),
  };
}

/** Colours from low to high, read back from a gradient so that any notation of a colour works. */
function rampOf(stops: readonly string[]): string[] {
  const canvas = document.createElement('canvas');
  canvas.width = STEPS + 1;
  canvas.height = 1;
  const pen = canvas.getContext('2d');
  if (pen === null) return [];
  const gradient = pen.createLinearGradient(0.5, 0, STEPS + 0.5, 0);
  stops.forEach((stop, i) => {
    gradient.addColorStop(i / (STOPS - 1), stop);
  });
  pen.fillStyle = gradient;
  pen.fillRect(0, 0, STEPS + 1, 1);
  const { data } = pen.getImageData(0, 0, STEPS + 1, 1);
  return Array.from(
    { length: STEPS + 1 },
    (_, i) => `rgb(${data[4 * i]} ${data[4 * i + 1]} ${data[4 * i + 2]})`,
  );
}

function pictureOf(
  kind: number,
  radius: number,
  half: number,
  ratio: number,
  colours: Colours,
): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = Math.ceil(2 * half * ratio);
  canvas.height = canvas.width;
  const pen = canvas.getContext('2d');
  if (pen === null) return canvas;
  pen.setTransform(ratio, 0, 0, ratio, half * ratio, half * ratio);
  if (kind >= FIRST_CLASS) {
    const cls = kind - FIRST_CLASS;
    pen.fillStyle = colours.classes[cls];
    pen.fill(new Path2D(shapeOf(cls, Math.PI * radius * radius)));
    return canvas;
  }
  pen.fillStyle = kind === MISSING_KIND ? colours.missing : colours.scale[kind];
  pen.beginPath();
  pen.arc(0, 0, radius, 0, 2 * Math.PI);
  pen.fill();
  return canvas;
}
