/** The frame of the page: header, cohorts, tabs. */

import { useSignalEffect } from '@preact/signals';
import type { JSX } from 'preact';
import { CohortPanel } from '../cohorts/index.tsx';
import { useStore } from '../state/store.ts';
import { tabsOf } from '../tabs/index.ts';
import { Header } from './Header.tsx';
import { Tabs } from './Tabs.tsx';

export function App(): JSX.Element {
  const store = useStore();
  useSignalEffect(() => {
    const theme = store.theme.value;
    if (theme === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  });
  const tabs = tabsOf(store.page);
  const open = tabs.find((tab) => tab.id === store.tab.value) ?? tabs[0];
  const View = open.view;
  return (
    <div class="shell">
      <Header />
      <main class="parts">
        <CohortPanel />
        <Tabs />
        <div
          id={`panel-${open.id}`}
          class="panel"
          role="tabpanel"
          tabIndex={-1}
          aria-labelledby={`tab-${open.id}`}
        >
          <h2 class="sr-only">{open.title}</h2>
          <p class="question">{open.question}</p>
          <View key={open.id} />
        </div>
      </main>
    </div>
  );
}
