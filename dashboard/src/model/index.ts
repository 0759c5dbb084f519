/** The model in the page: predictions and attributions of rows of the columns a user knows. */

import type { Numbers } from '../payload/types.ts';
import { type Background, backgroundOf } from './background.ts';
import { absentOf, cellsOf, type Source, sourcesOf } from './cells.ts';
import type { Cells, Core, Evaluator } from './evaluator.ts';
import { folded } from './fold.ts';
import { linearOf } from './linear.ts';
import { classifies, predictionsOf } from './links.ts';
import { numbersOf, registersOf } from './operations.ts';
import { ofProbabilities } from './probability.ts';
import { kernelOf } from './rbf.ts';
import { treesOf } from './trees/index.ts';
import type { ExportedModel } from './types.ts';

export type { Source, Value } from './cells.ts';
export type { Answers, Attributions, Cell, Cells, Evaluator, Predictions } from './evaluator.ts';

/** Rows evaluated at a time: what takes too long together is no quicker at once. */
const MOST_ROWS = 8192;

/**
 * An evaluator of a model of the page.
 *
 * @param array sections of the page by name
 * @param columns columns of the raw view, in its order
 */
export function evaluatorOf(
  model: ExportedModel,
  array: (name: string) => Numbers,
  columns: readonly Source[],
): Evaluator {
  const background = backgroundOf(model.game, model.slots.length, array);
  const core = coreOf(model, background, array);
  const sources = sourcesOf(model.inputs, columns);
  return {
    model,
    inputs: model.inputs,
    most: MOST_ROWS,
    classifies: classifies(model.link),
    attributes: core.explain !== null,
    absent: absentOf(model.inputs, sources),
    predict: (cells) =>
      predictionsOf(
        model.link,
        core.run(slotsOf(model, cells), cells.count),
        core.outputs,
        cells.count,
      ),
    attribute: (cells) => {
      if (core.explain === null) return null;
      const { game } = model;
      const explained = core.explain(slotsOf(model, cells), cells.count);
      const isRescaled = game.rescaled !== undefined;
      const values = isRescaled
        ? ofProbabilities(explained, model.slots.length, game.rescaled)
        : explained;
      return {
        count: cells.count,
        outputs: isRescaled ? 2 : core.outputs,
        features: columns.length,
        values: folded(values, model.slots.length, game.fold, columns.length),
        baseValues: game.baseValues,
      };
    },
    cellsOf: (rows) => cellsOf(model.inputs, sources, rows),
  };
}

function coreOf(
  model: ExportedModel,
  background: Background | null,
  array: (name: string) => Numbers,
): Core {
  const { core, game } = model;
  if (core.kind === 'trees') return treesOf(core, game, background, array);
  if (core.kind === 'linear') return linearOf(core, background, array);
  return kernelOf(core, background, array);
}

/** The core's numbers of rows. */
function slotsOf(model: ExportedModel, cells: Cells): Float64Array[] {
  const registers = registersOf(model.operations, cells.inputs, cells.count);
  return model.slots.map((register) => numbersOf(registers[register], 'the model'));
}
