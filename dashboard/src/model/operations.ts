/** Operations that make a core's numbers of a user's columns, on whole registers at a time. */

import type { Cell } from './evaluator.ts';
import { functionOf, interpolated, powered, rankRight } from './scalars.ts';
import type { Operation } from './types.ts';

type One = Extract<Operation, { of: number }>;
type Key = string | number | null;

/** Registers after all operations. */
export function registersOf(
  operations: readonly Operation[],
  inputs: readonly Cell[],
  count: number,
): Cell[] {
  const registers: Cell[] = [...inputs];
  for (const operation of operations) registers.push(made(operation, registers, count));
  return registers;
}

/** A register as numbers; `what` names it where it holds texts. */
export function numbersOf(cell: Cell, what: string): Float64Array {
  if (cell instanceof Float64Array) return cell;
  throw new TypeError(`${what} needs numbers, and the register holds texts`);
}

function made(operation: Operation, registers: readonly Cell[], count: number): Cell {
  switch (operation.op) {
    case 'constant':
      return new Float64Array(count).fill(operation.value);
    case 'product':
      return productOf(operation.of, registers, count);
    case 'dot':
      return dotOf(operation, registers, count);
    case 'fill':
      return filled(registers[operation.of], operation.value);
    case 'missing':
      return mapped(registers[operation.of], (cell) => (isMissing(cell) ? 1 : 0));
    case 'among':
      return amongOf(operation, registers[operation.of]);
    case 'lookup':
      return lookedUp(operation, registers[operation.of]);
    default:
      return numbersOf(registers[operation.of], operation.op).map(scalarOf(operation));
  }
}

/** Operations that are a function of one number. */
function scalarOf(
  operation: Exclude<One, { op: 'fill' | 'missing' | 'among' | 'lookup' }>,
): (x: number) => number {
  switch (operation.op) {
    case 'scale':
      return (x) => (x - operation.minus) / operation.by;
    case 'affine':
      return affine(operation);
    case 'apply':
      return functionOf(operation.name);
    case 'power':
      return powered(operation.method, operation.lambda);
    case 'bin':
      return (x) => rankRight(operation.edges, x);
    case 'interpolate':
      return (x) => interpolated(operation.x, operation.y, x);
  }
}

function affine({ times, plus, clip }: Extract<Operation, { op: 'affine' }>) {
  if (clip === undefined) return (x: number) => x * times + plus;
  return (x: number) => Math.min(Math.max(x * times + plus, clip[0]), clip[1]);
}

function isMissing(cell: Key): boolean {
  return cell === null || Number.isNaN(cell);
}

/** A number of every cell. */
function mapped(cells: Cell, number: (cell: Key) => number): Float64Array {
  return cells instanceof Float64Array ? cells.map(number) : Float64Array.from(cells, number);
}

function filled(cells: Cell, value: number | string): Cell {
  if (cells instanceof Float64Array) {
    return cells.map((cell) => (Number.isNaN(cell) ? Number(value) : cell));
  }
  return cells.map((cell) => cell ?? String(value));
}

function amongOf(operation: Extract<Operation, { op: 'among' }>, cells: Cell): Float64Array {
  const values = new Set<Key>(operation.values);
  const [yes, no] = operation.otherwise ?? [1, 0];
  return mapped(cells, (cell) => (values.has(isMissing(cell) ? null : cell) ? yes : no));
}

function lookedUp(operation: Extract<Operation, { op: 'lookup' }>, cells: Cell): Float64Array {
  const table = new Map<Key, number>();
  operation.keys.forEach((key, i) => {
    table.set(key, operation.values[i] ?? Number.NaN);
  });
  const missing = operation.missing ?? Number.NaN;
  const other = operation.other ?? Number.NaN;
  return mapped(cells, (cell) => (isMissing(cell) ? missing : (table.get(cell) ?? other)));
}

function productOf(
  factors: readonly (readonly [register: number, power: number])[],
  registers: readonly Cell[],
  count: number,
): Float64Array {
  const out = new Float64Array(count).fill(1);
  for (const [register, power] of factors) {
    const cells = numbersOf(registers[register], 'product');
    for (let row = 0; row < count; row++) out[row] *= cells[row] ** power;
  }
  return out;
}

function dotOf(
  { of, weights, plus }: Extract<Operation, { op: 'dot' }>,
  registers: readonly Cell[],
  count: number,
): Float64Array {
  const out = new Float64Array(count).fill(plus);
  of.forEach((register, i) => {
    const cells = numbersOf(registers[register], 'dot');
    for (let row = 0; row < count; row++) out[row] += weights[i] * cells[row];
  });
  return out;
}
