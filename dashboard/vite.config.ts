/** Builds the page: one file with its script and style inside, and places for what Python fills in. */

import { viteSingleFile } from 'vite-plugin-singlefile';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: import.meta.dirname,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [viteSingleFile({ removeViteModuleLoader: true })],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    // The first browsers with `light-dark()`, of 2024: older ones get no second copy of the theme.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    modulePreload: false,
    // Licences of what is bundled are in `licences.txt` beside the page.
    license: false,
  },
  test: { include: ['src/**/*.test.{ts,tsx}'], environment: 'node' },
});
