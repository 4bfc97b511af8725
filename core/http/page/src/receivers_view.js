// SPDX-License-Identifier: Apache-2.0
import {operateButton} from './actions.js';
import {get, getAll, part, post, request, sentence} from './api.js';
import {copyButton} from './copy.js';
import {button, el, facts, fill, hint} from './dom.js';
import {explanation} from './explain.js';
import {OUTCOMES, plural, projectName} from './format.js';
import {dialog} from './notes.js';
import {PlainView, finder} from './plain_view.js';

async function sendSample(shell, receiver, samples) {
  await dialog(`Send a sample to ${projectName(receiver.project, receiver.name)}`, (close) => {
    const choice = el('select', {id: 'sample'}, samples.map((one) => el('option', {value: one.name}, `${one.name} \u2014 ${one.meaning}`)));
    const result = el('div', {'aria-live': 'polite'});
    const send = async () => {
      try {
        const answer = await post(`receivers/${part(receiver.project)}/${part(receiver.name)}/send`, {sample: choice.value});
        fill(result, el('p', {class: 'notice'}, `Answered ${answer.status}`, answer.outcome ? `: ${answer.outcome}, ${OUTCOMES[answer.outcome] ?? ''}; ` : '. ',
          plural(answer.warehouses ?? 0, 'Warehouse'), '. ', answer.detail ?? '', ' ',
          answer.event && el('a', {href: shell.link('events', {event: answer.event}), on: {click: () => close()}}, 'Show the event')));
      } catch (failure) {
        fill(result, el('p', {class: 'notice bad', role: 'alert'}, sentence(failure)));
      }
    };
    return [el('p', {}, 'It is signed as the registry would sign it and goes the whole way: what it matches is refreshed.'),
      el('div', {class: 'field'}, el('label', {for: 'sample'}, 'Sample'), choice), result,
      el('div', {class: 'actions end'}, button('Close', () => close(), {class: 'quiet'}), button('Send', send, {class: 'primary'}))];
  });
}

async function explainPayload(receiver) {
  await dialog(`What would ${projectName(receiver.project, receiver.name)} make of it?`, (close) => {
    const body = el('textarea', {id: 'payload', rows: '10', spellcheck: 'false', class: 'mono'});
    const type = el('input', {type: 'text', id: 'payload-type', value: 'application/json'});
    const result = el('div', {'aria-live': 'polite'});
    const ask = async () => {
      try {
        const answer = await request('POST', `receivers/${part(receiver.project)}/${part(receiver.name)}/explain`,
          {body: body.value, headers: {'Content-Type': type.value.trim() || 'application/json'}});
        fill(result, explanation(await answer.json()));
      } catch (failure) {
        fill(result, el('p', {class: 'notice bad', role: 'alert'}, sentence(failure)));
      }
    };
    return [el('p', {}, 'A dry run: nothing is recorded, nothing is refreshed.'),
      el('div', {class: 'field'}, el('label', {for: 'payload'}, 'Payload'), body),
      el('div', {class: 'field'}, el('label', {for: 'payload-type'}, 'Content type'), type), result,
      el('div', {class: 'actions end'}, button('Close', () => close(), {class: 'quiet'}), button('Explain', ask, {class: 'primary'}))];
  });
}

function urlLine(receiver, url, label) {
  const masked = url.endsWith('********');
  return el('div', {class: 'url-line'}, el('code', {class: 'mono wrap'}, url),
    masked ? el('span', {class: 'sub'}, 'hidden: the URL is the credential, and this token may only read') : copyButton(url, label));
}

export class ReceiversView extends PlainView {
  constructor(shell) {
    super('Receivers', async () => {
      const [receivers, plugins] = await Promise.all([getAll('receivers'), get('plugins')]);
      return {...receivers, samples: new Map(plugins.items.map((plugin) => [plugin.id, plugin.samples]))};
    }, ({items, more, samples}) => {
      if (items.length === 0) return hint('No receiver is configured. Add one to a ProjectConfig or ClusterConfig.');
      const cards = items.map((receiver) => this.#card(shell, receiver, samples.get(receiver.adapter) ?? []));
      return [finder('Find', cards, shell.params.find ?? ''),
        more && hint(`Only the first ${items.length} are listed.`),
        el('ul', {class: 'cards'}, cards.map(({element}) => element))];
    });
  }

  #card(shell, receiver, samples) {
    const name = projectName(receiver.project, receiver.name);
    const origin = receiver.url.slice(0, receiver.url.length - receiver.path.length);
    const element = el('li', {class: 'card'},
      el('div', {class: 'line'}, el('h3', {}, name), el('span', {class: 'tag'}, receiver.adapter),
        receiver.project === null && el('span', {class: 'tag'}, 'cluster')),
      urlLine(receiver, receiver.url, `URL of ${name}`),
      receiver.previousPaths.map((path) => [el('p', {class: 'sub'}, 'still valid, from the previous secret:'),
        urlLine(receiver, origin + path, `previous URL of ${name}`)]),
      facts([['Credential', receiver.urlIsCredential ? 'the URL itself: treat it as a secret' : 'signed or a header'],
        ['Host aliases', receiver.hostAliases.join(', ')]]),
      el('div', {class: 'actions'},
        samples.length > 0 && operateButton(shell, 'Send a sample\u2026', () => sendSample(shell, receiver, samples), {'aria-label': `Send a sample\u2026 to ${name}`}),
        button('Explain a payload\u2026', () => explainPayload(receiver), {'aria-label': `Explain a payload\u2026 to ${name}`}),
        el('a', {class: 'button', href: shell.link('events', {receiver: receiver.name, project: receiver.project})}, 'Its events')));
    return {element, words: `${name} ${receiver.adapter}`};
  }
}
