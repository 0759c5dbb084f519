/** What trees and products are, by their definitions: slow, and with nothing in common with the page. */

import { left, type Made, type Tree } from './forests.ts';

/** Value of a leaf's outputs, with the tree's own output in its place. */
function placed(made: Made, tree: number, value: readonly number[]): number[] {
  if (made.core.outputOf === undefined) return [...value];
  return Array.from({ length: made.core.outputs }, (_, i) =>
    i === tree % made.core.outputs ? value[0] : 0,
  );
}

/** Outputs of one row. */
export function outputsOf(made: Made, row: readonly number[]): number[] {
  return summed(made, (tree) => reached(tree, row, made.core.float32));
}

function reached(tree: Tree, row: readonly number[], float32: boolean): readonly number[] {
  if ('value' in tree) return tree.value;
  const side = left(tree, row[tree.slot], float32) ? tree.left : tree.right;
  return reached(side, row, float32);
}

function summed(made: Made, leafOf: (tree: Tree) => readonly number[]): number[] {
  const sum = [...made.core.offset];
  made.trees.forEach((tree, t) => {
    placed(made, t, leafOf(tree)).forEach((value, i) => {
      sum[i] += value;
    });
  });
  return sum;
}

/** Expected outputs where only some slots are known, by the training weights. */
export function expected(made: Made, row: readonly number[], known: number): number[] {
  const of = (tree: Tree): readonly number[] => {
    if ('value' in tree) return tree.value;
    if ((known >> tree.slot) & 1) {
      return of(left(tree, row[tree.slot], made.core.float32) ? tree.left : tree.right);
    }
    const [a, b] = [weight(tree.left), weight(tree.right)];
    const [from, to] = [of(tree.left), of(tree.right)];
    return from.map((value, i) => (a + b > 0 ? (a * value + b * to[i]) / (a + b) : 0));
  };
  return summed(made, of);
}

function weight(tree: Tree): number {
  return 'value' in tree ? tree.cover : weight(tree.left) + weight(tree.right);
}

/** Shapley values by enumerating all coalitions, [output][player]. */
export function shapley(players: number, game: (coalition: number) => number[]): number[][] {
  const all = Array.from({ length: 1 << players }, (_, coalition) => game(coalition));
  return all[0].map((_, output) =>
    Array.from({ length: players }, (_player, i) => {
      let sum = 0;
      for (let s = 0; s < all.length; s++) {
        if ((s >> i) & 1) continue;
        const size = countOf(s);
        const share = (factorial(size) * factorial(players - size - 1)) / factorial(players);
        sum += share * (all[s | (1 << i)][output] - all[s][output]);
      }
      return sum;
    }),
  );
}

function countOf(bits: number): number {
  return bits.toString(2).replaceAll('0', '').length;
}

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1);
}

/** Mean of a function over rows in which the known slots are replaced. */
export function intervened(
  f: (row: readonly number[]) => number[],
  background: readonly (readonly number[])[],
  row: readonly number[],
  known: number,
): number[] {
  const results = background.map((other) =>
    f(other.map((value, slot) => ((known >> slot) & 1 ? row[slot] : value))),
  );
  return results[0].map((_, i) => results.reduce((sum, r) => sum + r[i], 0) / results.length);
}
