/** The tabs, in order: a new one is a folder and a row. */

import type { ComponentType } from 'preact';
import type { TabId } from '../state/store.ts';
import { About } from './about/index.tsx';
import { Aggregate } from './aggregate/index.tsx';
import { Explorer } from './explorer/index.tsx';
import { Individual } from './individual/index.tsx';
import { Overview } from './overview/index.tsx';
import { Performance } from './performance/index.tsx';
import { WhatIf } from './whatif/index.tsx';

/** One tab. */
export interface Tab {
  readonly id: TabId;
  readonly title: string;
  /** What it answers: one question, shown under the tabs and spoken with them. */
  readonly question: string;
  readonly view: ComponentType;
}

export const TABS: readonly Tab[] = [
  {
    id: 'overview',
    title: 'Overview',
    question: 'What does the model rely on, and how far can this page be trusted?',
    view: Overview,
  },
  {
    id: 'performance',
    title: 'Performance',
    question: 'How good are its predictions, and for whom are they worse?',
    view: Performance,
  },
  {
    id: 'explorer',
    title: 'Data',
    question: 'What do the rows look like?',
    view: Explorer,
  },
  {
    id: 'aggregate',
    title: 'Importance',
    question: 'Which features matter, and in which direction?',
    view: Aggregate,
  },
  {
    id: 'individual',
    title: 'Single rows',
    question: 'Why was this row predicted as it was?',
    view: Individual,
  },
  {
    id: 'whatif',
    title: 'What-if',
    question: 'What would the model predict if a value were another?',
    view: WhatIf,
  },
  {
    id: 'about',
    title: 'About',
    question: 'How was this made, and what do the words mean?',
    view: About,
  },
];
