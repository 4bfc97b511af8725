// SPDX-License-Identifier: Apache-2.0
import {getAll} from './api.js';
import {el, hint, table} from './dom.js';
import {relative, time} from './format.js';
import {PlainView} from './plain_view.js';

const POLL_MS = 5000;

const BREAKERS = {
  closed: ['closed', 'attempts are made as they fall due'],
  open: ['open', 'it failed too often in a row: attempts are put off, none is spent'],
  half_open: ['half open', 'one attempt is being made to see whether it is back'],
};

function breakerBadge(word) {
  const [label, meaning] = BREAKERS[word] ?? [word, ''];
  return [el('span', {class: `badge is-${word === 'closed' ? 'succeeded' : 'exhausted'}`}, label), ' ', el('span', {class: 'sub'}, meaning)];
}

export class TargetsView extends PlainView {
  #timer;

  constructor() {
    super('Targets', () => getAll('targets'), ({items}) => {
      if (items.length === 0) return hint('No target has been called since the start.');
      return table('Targets and their circuit breakers', ['Host', 'Breaker', 'Failures in a row', 'Next try', 'Running'],
        items.map((one) => [el('span', {class: 'mono'}, one.host), breakerBadge(one.breaker), String(one.failures),
          one.retryAt ? [time(one.retryAt), ` (${relative(one.retryAt)})`] : '\u2013', String(one.running)]));
    });
    this.#timer = setInterval(() => document.hidden || this.refresh(), POLL_MS);
  }

  destroy() {
    clearInterval(this.#timer);
    super.destroy();
  }
}
