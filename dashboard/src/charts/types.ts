/**
 * What the charts take: the props of every component, in one file.
 *
 * Conventions. Rows are positions in the page. NaN is a missing value and has a place of its own on
 * every axis. `describe` texts may hold line breaks: the first line is the heading of the readout.
 * Everything a pointer can do has a key: Tab enters a chart, arrows move, Enter picks.
 */

import type { ComponentChildren } from 'preact';

/** Which of the three cohort looks: colour, marker shape and dash pattern go together. */
export type Look = 0 | 1 | 2;

/** A group of rows drawn in one look. */
export interface Series {
  readonly name: string;
  readonly colour: Look;
}

export type Values = ArrayLike<number>;

/** A column of a table: cells are asked for by row number, so nothing is copied. */
export interface TableColumn {
  readonly title: string;
  /** Sorted by this. */
  readonly value: (row: number) => number | string;
  /** Shown; the value itself where it is not given. */
  readonly text?: (row: number) => string;
  /** Right-aligned, sorted as numbers (NaN last). */
  readonly numeric?: boolean;
  /** Long texts: broken into lines, not cut. */
  readonly wrap?: boolean;
}

export interface TableSpec {
  readonly columns: readonly TableColumn[];
  readonly count: number;
  /** A button at the end of each row. */
  readonly action?: {
    readonly text: string;
    /** Spoken name of that of a row. */
    readonly label: (row: number) => string;
    readonly run: (row: number) => void;
  };
}

export interface FrameProps {
  readonly title: string;
  /** One sentence for everybody that says what is seen. */
  readonly summary: string;
  /** The same as a table; made when the reader asks for it. */
  readonly table?: () => TableSpec;
  /** Level of the heading; 3 unless told. */
  readonly level?: 2 | 3 | 4;
  /** Controls beside the heading. */
  readonly toolbar?: ComponentChildren;
  readonly legend?: ComponentChildren;
  /** Small print under the chart: which rows, which unit. */
  readonly note?: ComponentChildren;
  readonly children?: ComponentChildren;
}

/**
 * An axis. `number` and `time`: values between the ends of the domain. `category`: codes of
 * `names`, drawn in bands. Values outside the domain are drawn at its ends.
 */
export interface AxisSpec {
  readonly title: string;
  readonly kind?: 'number' | 'time' | 'category';
  /** Of numbers; made nice unless `exact`. */
  readonly domain?: readonly [number, number];
  readonly exact?: boolean;
  readonly names?: readonly string[];
  /** Whether there are missing values: they get a band of their own. */
  readonly missing?: boolean;
  readonly format?: (value: number) => string;
  /** Numbers are whole: ticks stand at whole ones only. */
  readonly whole?: boolean;
  /** Spread the points of a band, or of whole numbers, so they do not hide each other. */
  readonly jitter?: boolean;
  readonly log?: boolean;
}

/** An axis laid out in pixels. */
export interface AxisLayout {
  readonly spec: AxisSpec;
  readonly range: readonly [number, number];
  readonly ticks: readonly { readonly at: number; readonly text: string; readonly full: string }[];
  /** Pixel of a value; NaN goes to the band of the missing. */
  readonly place: (value: number) => number;
  /** Value of a pixel (number and time axes; category: nearest code). NaN in the missing band. */
  readonly value: (pixel: number) => number;
  /** Width of a band of a category, else 0. */
  readonly band: number;
  /** Middle of the missing band, where there is one. */
  readonly missingAt: number | null;
}

export interface AxisProps {
  readonly side: 'bottom' | 'left';
  readonly layout: AxisLayout;
  /** Where the axis stands: y of a bottom one, x of a left one. */
  readonly at: number;
  /** Length of the grid lines; 0: none. */
  readonly grid?: number;
  /** Pixels a label may take. */
  readonly room?: number;
}

/** A horizontal bar, or one bar per series. */
export interface BarItem {
  readonly label: string;
  /** One per series; NaN or null: none. */
  readonly values: readonly (number | null)[];
  /** Ends of error bars. */
  readonly low?: readonly (number | null)[];
  readonly high?: readonly (number | null)[];
  /** More lines of the readout. */
  readonly detail?: string;
  /** Drawn pale: the rest of all others. */
  readonly muted?: boolean;
}

export interface BarsProps {
  /** What the bars are, for a screen reader. */
  readonly label: string;
  readonly items: readonly BarItem[];
  readonly series: readonly Series[];
  /** Bars go both ways from zero; with one series signs have colours. */
  readonly signed?: boolean;
  readonly format?: (value: number) => string;
  readonly axisTitle?: string;
  /** Of all bars; computed from them unless told (to align several charts). */
  readonly domain?: readonly [number, number];
  readonly onPick?: (item: number, series: number) => void;
  /** Marked item. */
  readonly picked?: number | null;
}

/** Five numbers, the mean, and points beyond the whiskers (1.5 IQR). */
export interface BoxStats {
  readonly count: number;
  readonly low: number;
  readonly q1: number;
  readonly median: number;
  readonly q3: number;
  readonly high: number;
  readonly mean: number;
  /** At most 200, evenly taken. */
  readonly outliers: readonly number[];
  readonly outlierCount: number;
}

/** A kernel density on a grid, with the numbers of a box. */
export interface Density {
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly box: BoxStats;
}

/** Rows of boxes or violins: one per item and series. */
export interface SpreadProps<T> {
  readonly label: string;
  readonly items: readonly { readonly label: string; readonly shapes: readonly (T | null)[] }[];
  readonly series: readonly Series[];
  readonly axisTitle?: string;
  readonly domain?: readonly [number, number];
  readonly format?: (value: number) => string;
  readonly onPick?: (item: number, series: number) => void;
  readonly picked?: number | null;
  /** Draw a line at zero. */
  readonly zero?: boolean;
}
export type BoxesProps = SpreadProps<BoxStats>;
export type ViolinsProps = SpreadProps<Density>;

export interface SwarmItem {
  readonly label: string;
  /** Place of each dot along the axis; NaN: none. */
  readonly values: Values;
  /** 0 (low) to 1 (high) per dot, NaN where missing; absent: one colour. */
  readonly colours?: Values;
}

export interface SwarmProps {
  readonly label: string;
  readonly items: readonly SwarmItem[];
  /** Row of each dot, the same for all items. */
  readonly rows: Values;
  readonly selected?: readonly number[];
  readonly axisTitle?: string;
  readonly domain?: readonly [number, number];
  readonly format?: (value: number) => string;
  /** Readout of a dot. */
  readonly describe: (item: number, row: number) => string;
  readonly onPickItem?: (item: number) => void;
  readonly onPickRow?: (row: number) => void;
  readonly picked?: number | null;
}

/** Colours of points: along the scale of values, or by class (colour and shape, 8 at most). */
export type PointColours =
  | {
      readonly kind: 'value';
      readonly title: string;
      readonly values: Values;
      readonly domain: readonly [number, number];
      readonly format?: (value: number) => string;
    }
  | {
      readonly kind: 'category';
      readonly title: string;
      readonly values: Values;
      readonly names: readonly string[];
    };

/** A rectangle of values; `null`: the missing band (or all of it) was reached on that axis. */
export interface Box {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

export interface PlotLayout {
  readonly x: AxisLayout;
  readonly y: AxisLayout;
  readonly width: number;
  readonly height: number;
}

export interface PointsProps {
  readonly label: string;
  readonly x: AxisSpec;
  readonly y: AxisSpec;
  /** Row of each point. */
  readonly rows: Values;
  /** Coordinates of each point, in the order of `rows`. */
  readonly xs: Values;
  readonly ys: Values;
  readonly colours?: PointColours;
  readonly height?: number;
  readonly selected?: readonly number[];
  /** Readout of a point, by its place in `rows`. */
  readonly describe: (point: number) => string;
  /** Click or Enter. */
  readonly onPick?: (row: number) => void;
  /** Rectangle by pointer drag, or by keys: B sets a corner, arrows, B again. */
  readonly onBrush?: (rows: Uint32Array, box: Box) => void;
  /** SVG over the points: mean lines, rules. */
  readonly overlay?: (layout: PlotLayout) => ComponentChildren;
}

export interface LineSeries {
  readonly name: string;
  readonly xs: Values;
  readonly ys: Values;
  /** A cohort's look; absent: the accent colour. */
  readonly colour?: Look;
  /** 0 solid, 1 dashed, 2 dotted, 3 dash-dotted; the look's own unless told. */
  readonly dash?: 0 | 1 | 2 | 3;
  /** Drawn thin and pale, left out of the readout and the legend: one of many curves. */
  readonly faint?: boolean;
  readonly strong?: boolean;
  readonly markers?: boolean;
  readonly step?: boolean;
  /** A band around the line: intervals. */
  readonly low?: Values;
  readonly high?: Values;
}

/** A point that can be moved along x by pointer and arrow keys: the value under what-if. */
export interface Handle {
  readonly label: string;
  readonly x: number;
  readonly y?: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly text?: (x: number) => string;
  readonly onMove: (x: number) => void;
}

export interface LinesProps {
  readonly label: string;
  readonly x: AxisSpec;
  readonly y: AxisSpec;
  readonly series: readonly LineSeries[];
  readonly height?: number;
  /** Line from corner to corner: chance, perfect calibration. */
  readonly diagonal?: boolean;
  readonly marks?: readonly {
    readonly x: number;
    readonly y: number;
    readonly label: string;
    readonly colour?: Look;
  }[];
  /** Straight lines across: a threshold, a mean. */
  readonly rules?: readonly {
    readonly axis: 'x' | 'y';
    readonly value: number;
    readonly label: string;
  }[];
  readonly handle?: Handle;
  /** Ticks along the x axis: where the data lie. */
  readonly rug?: Values;
  /** Click or Enter on the x under the cursor. */
  readonly onPick?: (x: number) => void;
}

export interface HistogramProps {
  readonly label: string;
  /** A number axis with `edges`, or a category axis whose bins are its names. */
  readonly x: AxisSpec;
  readonly edges?: Values;
  readonly series: readonly (Series & {
    readonly counts: Values;
    /** Rows without a value. */
    readonly missing?: number;
  })[];
  readonly yTitle: string;
  /** Shares of each series rather than counts: cohorts of different sizes compare. */
  readonly share?: boolean;
  readonly height?: number;
  /** Click or Enter on a bin; the last one + 1: the missing. */
  readonly onPick?: (bin: number, series: number) => void;
}

export interface HeatProps {
  readonly label: string;
  readonly rowTitle: string;
  readonly columnTitle: string;
  readonly rowNames: readonly string[];
  readonly columnNames: readonly string[];
  /** [row][column]; NaN: nothing there. */
  readonly values: readonly Values[];
  /** Large text of a cell. */
  readonly text?: (row: number, column: number) => string;
  /** Small text under it. */
  readonly subtext?: (row: number, column: number) => string;
  readonly describe: (row: number, column: number) => string;
  readonly domain?: readonly [number, number];
  /** Two-sided colours around zero. */
  readonly diverging?: boolean;
  /** Diagonal cells are marked: the right answers of a confusion matrix. */
  readonly diagonal?: boolean;
  /** Rows from bottom to top, cells without gaps: 2-D bins. */
  readonly grid?: boolean;
  readonly onPick?: (row: number, column: number) => void;
}

/** What a feature adds to an output. */
export interface Step {
  readonly label: string;
  readonly value: number;
  /** The feature's own value, as text. */
  readonly detail?: string;
  /** Sum of all others. */
  readonly rest?: boolean;
}

export interface StackProps {
  readonly label: string;
  readonly base: number;
  readonly baseLabel: string;
  readonly outputLabel: string;
  /** Largest first; base + sum of values = output. */
  readonly steps: readonly Step[];
  readonly format?: (value: number) => string;
  readonly signed?: (value: number) => string;
  readonly axisTitle?: string;
  readonly domain?: readonly [number, number];
  readonly onPick?: (step: number) => void;
}

/** One row's way from the base value to its output. */
interface DecisionLine {
  readonly name: string;
  /** One per item. */
  readonly values: readonly number[];
}

/** Lines of up to five rows that rise through the features, the largest at the top. */
export interface DecisionProps {
  readonly label: string;
  readonly base: number;
  readonly baseLabel: string;
  /** Names of the features, the largest first. */
  readonly items: readonly string[];
  readonly lines: readonly DecisionLine[];
  readonly format?: (value: number) => string;
  readonly signed?: (value: number) => string;
  readonly axisTitle?: string;
  readonly onPick?: (item: number) => void;
}

export interface LegendProps {
  /** Cohorts, or any named looks. */
  readonly series?: readonly Series[];
  /** How series are drawn. */
  readonly as?: 'bar' | 'line' | 'point';
  /** Classes of points: colour and shape by number. */
  readonly categories?: { readonly title: string; readonly names: readonly string[] };
  /** Scale of values from low to high. */
  readonly scale?: {
    readonly title: string;
    readonly low: string;
    readonly high: string;
    readonly missing?: boolean;
  };
  /** Positive / negative. */
  readonly signs?: { readonly positive: string; readonly negative: string };
  /** Selected rows are marked. */
  readonly selected?: string;
}

export interface ReadoutProps {
  /** Pixels within the chart; null: nothing is shown. */
  readonly at: { readonly x: number; readonly y: number } | null;
  readonly text: string;
  /** Spoken, as it came by keyboard. */
  readonly live?: boolean;
  /** Width of the chart, so that it stays inside. */
  readonly width: number;
}
