/** Which classes or targets importances speak for, by name. */

import type { Page, ViewData } from '../payload/page.ts';

/** Name of what importance speaks for; null for a single value. */
export function labelOf(page: Page, view: ViewData, output: number): string | null {
  const { classes } = page.payload;
  if (classes !== null) {
    // Importances of all classes together speak for none of them.
    return view.spec.mirrored || view.spec.outputs.length === classes.length
      ? classes[output]
      : null;
  }
  return view.spec.outputs.length > 1 ? view.spec.outputs[output] : null;
}

/** Names that tell importances of a view apart; none where there is one value. */
export function outputsOf(page: Page, view: ViewData): readonly string[] {
  const count = view.spec.mirrored ? 2 : view.spec.outputs.length;
  if (count < 2) return [];
  return Array.from({ length: count }, (_, i) => labelOf(page, view, i) ?? view.spec.outputs[i]);
}

/** The first view that keeps importances of a feature in single rows. */
export function keeping(page: Page, feature: string): ViewData | undefined {
  return page.views.find((view) => {
    const at = view.spec.features.indexOf(feature);
    return at >= 0 && view.local?.kept.includes(at) === true;
  });
}

/**
 * Name of the target that predictions, outcomes and figures of the page are of; null where there
 * are not several. They are of the first one, whichever is looked at.
 */
export function figuredTarget(page: Page): string | null {
  const [view] = page.views;
  const isSingle = page.payload.classes !== null || view.spec.outputs.length < 2;
  return isSingle ? null : view.spec.outputs[0];
}
