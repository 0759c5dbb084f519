/** What the controls take: the props of every component, in one file. */

import type { ComponentChildren } from 'preact';
import type { TableSpec } from '../charts/types.ts';

export interface Option<T extends string | number> {
  readonly value: T;
  readonly label: string;
  readonly disabled?: boolean;
  /** Options with the same group follow each other. */
  readonly group?: string;
}

interface Field {
  readonly label: string;
  /** The label is spoken, not seen. */
  readonly hideLabel?: boolean;
  readonly help?: string;
  readonly disabled?: boolean;
}

export interface SelectProps<T extends string | number> extends Field {
  readonly value: T;
  readonly options: readonly Option<T>[];
  readonly onChange: (value: T) => void;
}

export interface SegmentedProps<T extends string | number> extends Field {
  readonly value: T;
  readonly options: readonly Option<T>[];
  readonly onChange: (value: T) => void;
}

export interface SliderProps extends Field {
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step?: number;
  /** Beside the slider; also spoken. */
  readonly text?: (value: number) => string;
  readonly onChange: (value: number) => void;
}

/** A time in the browser's own field, in UTC. */
export interface TimeFieldProps extends Field {
  /** Milliseconds since 1970; NaN: missing. */
  readonly value: number;
  /** Whether it may be empty. */
  readonly missing?: boolean;
  readonly warning?: string;
  readonly onChange: (value: number) => void;
}

export interface NumberFieldProps extends Field {
  /** NaN: empty, which is "missing" where `missing` allows it. */
  readonly value: number;
  readonly min?: number;
  readonly max?: number;
  readonly step?: number | 'any';
  readonly missing?: boolean;
  /** Said under the field, and marks it. */
  readonly warning?: string;
  readonly onChange: (value: number) => void;
}

export interface TextFieldProps extends Field {
  readonly value: string;
  readonly placeholder?: string;
  readonly onChange: (value: string) => void;
  readonly onEnter?: () => void;
  readonly rows?: number;
  /** With rows: words to read, not code. */
  readonly prose?: boolean;
  readonly warning?: string;
  /** Texts offered while typing. */
  readonly suggestions?: readonly string[];
}

export interface SwitchProps extends Field {
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}

export interface ButtonProps {
  readonly children: ComponentChildren;
  readonly onClick: (event: MouseEvent) => void;
  readonly kind?: 'plain' | 'primary' | 'quiet' | 'danger';
  readonly disabled?: boolean;
  /** Spoken name, where the children do not say it. */
  readonly label?: string;
  readonly pressed?: boolean;
  readonly expanded?: boolean;
  readonly small?: boolean;
}

export interface DialogProps {
  readonly title: string;
  readonly open: boolean;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
  /** Buttons at its foot. */
  readonly actions?: ComponentChildren;
  readonly wide?: boolean;
}

export interface DataTableProps {
  /** Spoken name. */
  readonly label: string;
  readonly table: TableSpec;
  readonly pageSize?: number;
  /** Which rows, and in which order where nothing is sorted; all unless told. */
  readonly rows?: ArrayLike<number>;
  /** Marked rows. */
  readonly selected?: readonly number[];
  /** A button in the first cell of each row. */
  readonly onPick?: (row: number) => void;
  /** Spoken name of that button. */
  readonly pickLabel?: (row: number) => string;
  /** A few rows in a fixed order: headings do not sort. */
  readonly fixed?: boolean;
  readonly sort?: { readonly column: number; readonly descending: boolean };
  /** A checkbox before each row. */
  readonly ticked?: ReadonlySet<number>;
  readonly onTick?: (row: number) => void;
  /** Spoken name of that checkbox. */
  readonly tickLabel?: (row: number) => string;
}

export interface BadgeProps {
  readonly children: ComponentChildren;
  readonly kind?: 'plain' | 'good' | 'warning' | 'info';
  /** Said on hover and to screen readers. */
  readonly title?: string;
}

export interface HelpProps {
  readonly label: string;
  readonly children: ComponentChildren;
}

export interface NoteProps {
  readonly children: ComponentChildren;
  readonly kind?: 'plain' | 'warning' | 'empty';
}

export interface SearchProps {
  readonly label: string;
  readonly value: string;
  readonly placeholder?: string;
  readonly onChange: (value: string) => void;
  /** "12 of 30" */
  readonly found?: string;
}
