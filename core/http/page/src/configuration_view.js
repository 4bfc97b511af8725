// SPDX-License-Identifier: Apache-2.0
import {operateButton} from './actions.js';
import {ApiError, get, request} from './api.js';
import {el, facts, hint, section} from './dom.js';
import {fullTime, plural, relative} from './format.js';
import {note} from './notes.js';
import {PlainView} from './plain_view.js';

function names(label, list) {
  if (list.length === 0) return null;
  return el('li', {}, el('span', {class: 'tag'}, label), ' ', el('span', {class: 'mono wrap'}, list.join(', ')));
}

function diffList(diff) {
  if (!diff) return null;
  const kinds = Object.entries(diff).map(([kind, {added, changed, removed}]) => {
    if (added.length + changed.length + removed.length === 0) return null;
    return el('div', {}, el('h4', {}, kind), el('ul', {class: 'plain-list'},
      names('added', added), names('changed', changed), names('removed', removed)));
  }).filter(Boolean);
  return kinds.length > 0 ? el('div', {class: 'diff'}, kinds) : hint('Nothing changed.');
}

function problemItem(problem) {
  const place = [problem.file, problem.line].filter(Boolean).join(':');
  return el('li', {class: `problem is-${problem.severity}`},
    el('span', {class: `badge is-${problem.severity === 'error' ? 'exhausted' : 'ignored'}`}, problem.severity), ' ',
    place && el('span', {class: 'mono wrap'}, place), problem.key && [' ', el('span', {class: 'mono'}, problem.key)],
    el('p', {}, problem.message, problem.suggestion ? ` ${problem.suggestion}` : ''));
}

function problemList(problems) {
  return problems.length === 0 ? null : el('ul', {class: 'plain-list'}, problems.map(problemItem));
}

function clusterFact({enabled, complete, connected, since, reason, waitingFor}) {
  if (!enabled) return [];
  const lists = waitingFor.join('; ');
  const known = complete ? '' : ` Not everything in it is known yet${lists && `; waiting for ${lists}`}.`;
  const heard = connected ? 'Heard' : 'Not heard; what was known stays';
  return [['Cluster', `${heard}, since ${fullTime(since)}.${reason ? ` ${reason}.` : ''}${known}`]];
}

function unreadyItem({project, name, adapter, reason}) {
  return el('li', {class: 'problem is-error'},
    el('span', {class: 'mono'}, `${project ?? '-'}/${name}`), adapter && [' ', el('span', {class: 'tag'}, adapter)],
    el('p', {}, reason));
}

async function reload(view) {
  try {
    const answer = await (await request('POST', 'reload')).json();
    note(`Reloaded: generation ${answer.generation} runs.`);
  } catch (failure) {
    if (!(failure instanceof ApiError) || failure.status !== 422) throw failure;
    note('The configuration has errors; the running one stays. They are listed below.', 'bad');
  }
  await view.refresh();
}

export class ConfigurationView extends PlainView {
  constructor(shell) {
    super('Configuration', () => get('config'), (config) => [
      facts([['Version', config.version], ['Generation', String(config.generation)],
        ['Applied', [fullTime(config.appliedAt), ` (${relative(config.appliedAt)})`]],
        ['Holds', `${plural(config.receivers, 'receiver')}, ${plural(config.warehouses, 'Warehouse')}`],
        ...clusterFact(config.kubernetes)]),
      config.receiversNotReady.length > 0 && section('Receivers that are not ready',
        el('ul', {class: 'plain-list'}, config.receiversNotReady.map(unreadyItem))),
      section('Last load',
        el('p', {}, config.lastReload.applied
          ? el('span', {class: 'badge is-succeeded'}, 'applied') : el('span', {class: 'badge is-exhausted'}, 'refused'),
          ' ', fullTime(config.lastReload.at), config.lastReload.applied ? '' : ': the configuration before it stays.'),
        problemList(config.lastReload.problems)),
      section(`What generation ${config.lastChange.generation} changed`, diffList(config.lastChange.diff)),
      config.warnings.length > 0 && section('Warnings of what runs', problemList(config.warnings)),
      section('Settings', el('pre', {tabindex: '0', 'aria-label': 'Settings'}, JSON.stringify(config.settings, null, 2)))]);
    this.setActions(operateButton(shell, 'Reload now', () => reload(this), {class: 'primary'}));
  }
}
