/** Paths of lines, and outlines of the markers of classes. */

type Point = readonly [number, number];

/** Path through points; a gap where a coordinate is not finite. */
export function pathOf(points: readonly Point[]): string {
  let path = '';
  let pen = 'M';
  for (const [x, y] of points) {
    if (Number.isFinite(x) && Number.isFinite(y)) {
      path += `${pen}${round(x)},${round(y)}`;
      pen = 'L';
    } else pen = 'M';
  }
  return path;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Corners at even angles, at radii that take turns. */
function corners(count: number, turn: number, radii: readonly number[]): Point[] {
  return Array.from({ length: count }, (_, i) => {
    const angle = ((i + turn) / count) * 2 * Math.PI - Math.PI / 2;
    const radius = radii[i % radii.length];
    return [radius * Math.cos(angle), radius * Math.sin(angle)] as const;
  });
}

const PLUS: readonly Point[] = [
  [-1, -3],
  [1, -3],
  [1, -1],
  [3, -1],
  [3, 1],
  [1, 1],
  [1, 3],
  [-1, 3],
  [-1, 1],
  [-3, 1],
  [-3, -1],
  [-1, -1],
];

/** Outlines whose area is 1, the circle aside. */
const OUTLINES: readonly (readonly Point[])[] = [
  [],
  corners(3, 0, [0.88]),
  corners(4, 0.5, [Math.SQRT1_2]),
  corners(4, 0, [0.76]),
  PLUS.map(([x, y]) => [x * 0.22, y * 0.22] as const),
  corners(10, 0, [0.94, 0.4]),
  corners(6, 0, [0.62]),
  corners(3, 1.5, [0.88]),
];

/** Outline of a class's marker around the origin, of an area in square pixels. */
export function shapeOf(cls: number, area: number): string {
  const kind = cls % OUTLINES.length;
  if (kind === 0) {
    const r = round(Math.sqrt(area / Math.PI));
    return `M${r},0A${r},${r} 0 1,1 ${-r},0A${r},${r} 0 1,1 ${r},0Z`;
  }
  const size = Math.sqrt(area);
  return `${pathOf(OUTLINES[kind].map(([x, y]) => [x * size, y * size] as const))}Z`;
}
