/** Starts the page: reads its block and draws it, or says why it cannot. */

import { render } from 'preact';
import { blockOf, fromBase64, UnreadablePage, unzipped } from './payload/container.ts';
import { pageOf } from './payload/page.ts';
import { App } from './shell/App.tsx';
import { Unreadable } from './shell/Unreadable.tsx';
import { StoreProvider, storeOf } from './state/store.ts';
import './style/index.css';

const root = document.getElementById('mlx-page');

async function start(place: HTMLElement): Promise<void> {
  const block = document.getElementById('mlx-data');
  if (block?.textContent == null) throw new UnreadablePage('This page carries no explanation.');
  const bytes = await unzipped(fromBase64(block.textContent));
  // The text is not needed again, and is large.
  block.remove();
  const store = storeOf(pageOf(blockOf(bytes)));
  render(
    <StoreProvider value={store}>
      <App />
    </StoreProvider>,
    place,
  );
  document.getElementById('mlx-plain')?.remove();
  document.documentElement.dataset.ready = 'true';
  performance.mark('mlx-ready');
}

if (root !== null) {
  start(root).catch((error: unknown) => {
    const reason =
      error instanceof UnreadablePage
        ? error.message
        : `The page could not be drawn: ${error instanceof Error ? error.message : String(error)}`;
    render(<Unreadable reason={reason} />, root);
    document.documentElement.dataset.ready = 'false';
  });
}
