/** The table of key figures. */

import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { useStore } from '../../state/store.ts';
import { keyFigures } from './figures.ts';
import { strings } from './strings.ts';

export function Figures(): JSX.Element {
  const store = useStore();
  const compared = store.compared.value;
  const { groups, lines } = useMemo(() => keyFigures(store.page, compared), [store, compared]);
  return (
    <section class="card stack tight">
      <h3>{strings.figures}</h3>
      <section class="table-wrap" aria-label={strings.figures} tabIndex={0}>
        <table class="table key-figures">
          <thead>
            <tr>
              <th scope="col">{strings.figure}</th>
              {groups.map((group) => (
                <th key={group} scope="col" class="numeric" title={group}>
                  <span>{group}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <tr key={line.name}>
                <th scope="row" class="line-name">
                  {line.name}
                </th>
                {line.texts.map((text, i) => (
                  <td key={groups[i]} class="numeric">
                    {text}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <p class="small muted">{strings.figuresSummary(groups.length)}</p>
    </section>
  );
}
