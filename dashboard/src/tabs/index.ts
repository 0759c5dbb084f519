/** The tabs, in order: a new one is a folder and a row. */

import type { ComponentType } from 'preact';
import type { Page } from '../payload/page.ts';
import type { TabId } from '../state/store.ts';
import { About } from './about/index.tsx';
import { Aggregate } from './aggregate/index.tsx';
import { Explorer } from './explorer/index.tsx';
import { Individual } from './individual/index.tsx';
import { Overview } from './overview/index.tsx';
import { Performance } from './performance/index.tsx';
import { strings } from './strings.ts';
import { Text } from './text/index.tsx';
import { WhatIf } from './whatif/index.tsx';

/** One tab. */
export interface Tab {
  readonly id: TabId;
  readonly title: string;
  /** What it answers: one question, shown under the tabs and spoken with them. */
  readonly question: string;
  readonly view: ComponentType;
}

const TABS: readonly Tab[] = [
  { id: 'overview', ...strings.overview, view: Overview },
  { id: 'performance', ...strings.performance, view: Performance },
  { id: 'explorer', ...strings.explorer, view: Explorer },
  { id: 'aggregate', ...strings.aggregate, view: Aggregate },
  { id: 'individual', ...strings.individual, view: Individual },
  { id: 'text', ...strings.text, view: Text },
  { id: 'whatif', ...strings.whatif, view: WhatIf },
  { id: 'about', ...strings.about, view: About },
];

/** The tabs of a page: that of texts stands where texts are explained. */
export function tabsOf(page: Page): readonly Tab[] {
  return page.payload.texts === undefined ? TABS.filter(({ id }) => id !== 'text') : TABS;
}
