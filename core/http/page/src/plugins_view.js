// SPDX-License-Identifier: Apache-2.0
import {get} from './api.js';
import {el, facts, hint, table} from './dom.js';
import {PlainView} from './plain_view.js';

function pluginCard(plugin) {
  return el('li', {class: 'card'},
    el('div', {class: 'line'}, el('h3', {}, plugin.id), el('span', {class: 'tag'}, plugin.version)),
    facts([
      ['File', el('span', {class: 'mono wrap'}, plugin.file)], ['SHA-256', el('span', {class: 'mono wrap'}, plugin.sha256)],
      ['ABI', String(plugin.abi)], ['Secret keys', plugin.secretKeys.join(', ')],
      ['Credential', plugin.urlIsCredential ? 'only the URL' : 'in the request'],
      ['Its sender punishes refusals', plugin.senderPunishesRefusals ? 'yes: what cannot be read is answered 200' : 'no'],
      ['Headers it reads', plugin.headers.map((header) => header.name + (header.credential ? ' (credential, never kept)' : '')).join(', ')]]),
    plugin.options.length > 0 && table(`Options of ${plugin.id}`, ['Option', 'Type', 'Meaning'], plugin.options.map((option) =>
      [el('span', {class: 'mono'}, option.name), option.type + (option.required ? ', required' : ''), option.meaning])),
    plugin.samples.length > 0 && table(`Samples of ${plugin.id}`, ['Sample', 'Parses as', 'Meaning'], plugin.samples.map((sample) =>
      [el('span', {class: 'mono'}, sample.name), sample.parsesAs, sample.meaning])));
}

export class PluginsView extends PlainView {
  constructor() {
    super('Plugins', () => get('plugins'), ({items, refused}) => [
      items.length === 0 && hint('No plugin is loaded.'),
      refused.length > 0 && el('section', {class: 'notice bad'}, el('h3', {}, 'Refused'), el('ul', {}, refused.map((one) =>
        el('li', {}, el('span', {class: 'mono wrap'}, one.file), `: ${one.reason}`)))),
      el('ul', {class: 'cards'}, items.map(pluginCard))]);
  }
}
