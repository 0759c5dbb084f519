/** Trees as a core of the evaluator. */

import type { Numbers } from '../../payload/types.ts';
import { type Background, bySlot } from '../background.ts';
import type { Core } from '../evaluator.ts';
import type { Game, TreesCore } from '../types.ts';
import { type Failures, failuresOf, interventional } from './background.ts';
import { codesOf } from './codes.ts';
import { type Forest, forestOf } from './forest.ts';
import { outputsOf } from './outputs.ts';
import { type Paths, pathsOf } from './paths.ts';
import { pathDependent } from './quadrature.ts';

export function treesOf(
  core: TreesCore,
  game: Game,
  background: Background | null,
  array: (name: string) => Numbers,
): Core {
  const forest = forestOf(core, array);
  return {
    outputs: core.outputs,
    run: (slots, rows) => outputsOf(forest, codesOf(forest, slots, rows), rows),
    explain: explainer(forest, game, background),
  };
}

function explainer(forest: Forest, game: Game, background: Background | null): Core['explain'] {
  // Paths and patterns are made when they are first asked for: many readers never edit a cell.
  let paths: Paths | null = null;
  let failures: Failures | null = null;
  const pathsOnce = () => {
    paths ??= pathsOf(forest);
    return paths;
  };
  if (game.kind === 'tree_path_dependent') {
    return (slots, rows) => {
      const codes = codesOf(forest, slots, rows);
      return pathDependent(forest, pathsOnce(), codes, rows, slots.length);
    };
  }
  if (game.kind !== 'interventional' || background === null) return null;
  return (slots, rows) => {
    const all = pathsOnce();
    failures ??= failuresOf(
      forest,
      all,
      codesOf(forest, bySlot(background), background.rows),
      background.rows,
    );
    const codes = codesOf(forest, slots, rows);
    return interventional(forest, all, failures, codes, rows, slots.length);
  };
}
