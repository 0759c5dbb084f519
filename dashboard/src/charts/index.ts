/** The charts of the page. Their props are in `types.ts`. */

export { layoutAxis } from './axes.ts';
export { Axis } from './axis.tsx';
export { Bars } from './bars.tsx';
export { Beeswarm } from './beeswarm.tsx';
export { boxOf } from './boxes.ts';
export { CLASSES } from './canvas.ts';
export { Decision } from './decision.tsx';
export { densityOf } from './density.ts';
export { Force } from './force.tsx';
export { ChartFrame } from './frame.tsx';
export { Heat } from './heat.tsx';
export { Histogram } from './histogram.tsx';
export { Legend } from './legend.tsx';
export { Lines } from './lines.tsx';
export { Points } from './points.tsx';
export { Readout } from './readout.tsx';
export { Boxes, Violins } from './spread.tsx';
export { thinned } from './swarm.ts';
export { Waterfall } from './waterfall.tsx';
