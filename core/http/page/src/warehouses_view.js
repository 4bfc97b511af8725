// SPDX-License-Identifier: Apache-2.0
import {operateButton, refreshNow} from './actions.js';
import {getAll} from './api.js';
import {el, hint} from './dom.js';
import {projectName} from './format.js';
import {PlainView, finder} from './plain_view.js';

/// Beyond this the page would be slow; the finder and the command line know the rest.
const MOST = 2000;

const NAMED = {
  image: {imageSelectionStrategy: 'strategy', constraint: 'constraint', allowTagsRegexes: 'only tags like', ignoreTagsRegexes: 'never tags like'},
  chart: {name: 'chart', semverConstraint: 'constraint'},
  git: {commitSelectionStrategy: 'strategy', branch: 'branch', semverConstraint: 'constraint'},
};

function subscriptionItem(subscription) {
  const parts = Object.entries(NAMED[subscription.kind] ?? {}).map(([key, label]) => {
    const value = subscription[key];
    if (value === '' || value === null || value === undefined || (Array.isArray(value) && value.length === 0)) return null;
    return [' \u00b7 ', label, ' ', el('span', {class: 'mono'}, Array.isArray(value) ? value.join(' or ') : value)];
  });
  return el('li', {}, el('span', {class: 'tag'}, subscription.kind), ' ', el('span', {class: 'mono wrap'}, subscription.repoURL),
    el('span', {class: 'sub'}, parts));
}

function targetText({url, method, program, ...rest}) {
  if (url) return `${method} ${url}${rest.signed ? ', signed' : ', not signed'}`;
  if (program) return `runs ${program}`;
  return Object.entries(rest).filter(([, value]) => value).map(([key, value]) => `${key} ${value}`).join(', ');
}

export class WarehousesView extends PlainView {
  constructor(shell) {
    super('Warehouses', () => getAll('warehouses', MOST), ({items, more}) => {
      if (items.length === 0) return hint('No Warehouse is configured.');
      const cards = items.map((warehouse) => this.#card(shell, warehouse));
      return [finder('Find', cards, shell.params.find ?? ''), more && hint(`Only the first ${items.length} are listed.`),
        el('ul', {class: 'cards'}, cards.map(({element}) => element))];
    });
  }

  #card(shell, warehouse) {
    const name = projectName(warehouse.project, warehouse.name);
    const element = el('li', {class: 'card'},
      el('div', {class: 'line'}, el('h3', {}, name), el('span', {class: 'tag'}, warehouse.refresher)),
      el('ul', {class: 'plain-list'}, warehouse.subscriptions.map(subscriptionItem)),
      el('p', {class: 'sub mono wrap'}, targetText(warehouse.refresh ?? {})),
      el('div', {class: 'actions'},
        operateButton(shell, 'Refresh now', () => refreshNow(warehouse), {'aria-label': `Refresh now: ${name}`}),
        el('a', {class: 'button', href: shell.link('deliveries', {project: warehouse.project, warehouse: warehouse.name})}, 'Its deliveries')));
    return {element, words: `${name} ${warehouse.refresher} ${warehouse.subscriptions.map((one) => one.repoURL).join(' ')}`};
  }
}
