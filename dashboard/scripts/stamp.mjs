/**
 * Writes the built page where Python finds it, with a stamp of the sources it was built from.
 *
 * The stamp is the sha256 of the lines "sha256  path" of all sources, sorted by path.
 */

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');
const target = join(root, '..', 'mlflow_explain', 'dashboard', 'static');
const beside = ['index.html', 'package-lock.json', 'tsconfig.json', 'vite.config.ts'];

const digest = (content) => createHash('sha256').update(content).digest('hex');

const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && !entry.name.includes('.test.'))
  .map((entry) => relative(root, join(entry.parentPath, entry.name)))
  .concat(beside)
  .map((path) => path.replaceAll('\\', '/'))
  .sort();
const lines = sources.map((path) => `${digest(readFileSync(join(root, path)))}  ${path}\n`);
const stamp = digest(lines.join(''));

const built = readFileSync(join(root, 'dist', 'index.html'), 'utf-8');
const stamped = built.replace(
  '<!--mlx-head-->',
  `<!--mlx-sources:${stamp}-->\n    <!--mlx-head-->`,
);
if (stamped === built) throw new Error('the built page has no place for its head');
mkdirSync(target, { recursive: true });
writeFileSync(join(target, 'page.html'), stamped);

// What is bundled asks for its copyright lines and its licence to travel along, in every page.
// Licences of the same words are written once.
const locked = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf-8')).packages;
const bundled = Object.keys(locked).filter((path) => path !== '' && !locked[path].dev);
const isCopyright = (line) => /^copyright (\(c\) |© )?\d/i.test(line);
const isTitle = (line) => /^(the )?\w+ licen[cs]e( \(\w+\))?$/i.test(line);
const holders = [];
const texts = new Map();
for (const path of bundled.sort()) {
  const folder = join(root, path);
  const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
  if (file === undefined) throw new Error(`${path} has no licence file`);
  const lines = readFileSync(join(folder, file), 'utf-8')
    .split(/\r?\n/)
    .map((line) => line.trim());
  const { version, license } = locked[path];
  const name = path.replace(/^.*node_modules\//, '');
  holders.push([`${name} ${version} (${license})`, ...lines.filter(isCopyright)].join('\n'));
  const words = lines.filter((line) => !isCopyright(line) && !isTitle(line)).join('\n');
  const text = words.replaceAll(/\n{3,}/g, '\n\n').trim();
  texts.set(text.replaceAll(/\s+/g, ' '), `${license}:\n\n${text}`);
}
const licences = ['The script of this page holds:', ...holders, ...texts.values()].join('\n\n');
if (licences.includes('--')) throw new Error('a licence would end the comment it stands in');
writeFileSync(join(target, 'licences.txt'), `${licences}\n`);
process.stdout.write(
  `page.html: ${Math.round(stamped.length / 1000)} KB, sources ${stamp.slice(0, 12)}\n`,
);
