// SPDX-License-Identifier: Apache-2.0
// One event: what it said, what it set off, and why.
import {cancel, hasEnded, operateButton, replay, retry} from './actions.js';
import {get, part, request, sentence} from './api.js';
import {copy} from './copy.js';
import {button, el, facts, fill, hint, section, table} from './dom.js';
import {explanation} from './explain.js';
import {OUTCOMES, artifactsText, badge, bytes, fullTime, projectName, relative} from './format.js';
import {indented} from './json_text.js';

/// More than this is shown on request only: laying it out takes the browser seconds.
const SHOWN_CHARACTERS = 200_000;

function artifactsTable(artifacts) {
  if (artifacts.length === 0) return hint('It names no artifact.');
  return table('Artifacts', ['Repository', 'Tag', 'Action', 'Digest', 'Media type'],
    artifacts.map((one) => [el('span', {class: 'mono'}, one.repository), el('span', {class: 'mono'}, one.tag ?? '\u2013'), one.action,
      el('span', {class: 'mono digest'}, one.digest ?? '\u2013'), one.mediaType ?? '\u2013']));
}

export class EventPanel {
  #shell;
  #event = null;
  #abort = new AbortController();
  #deliveries = el('div', {});
  #heading = el('h2', {tabindex: '-1'}, 'Event');

  constructor(shell, id) {
    this.#shell = shell;
    this.id = id;
    this.element = el('article', {class: 'panel', 'aria-busy': 'true', 'aria-label': 'One event'});
    fill(this.element, this.#bar(), hint('Loading\u2026'));
    this.#load();
  }

  destroy() {
    this.#abort.abort();
  }

  async refresh() {
    if (this.#event === null) return this.#load();
    try {
      this.#event = await get(`events/${part(this.id)}`, {}, this.#abort.signal);
      this.#showDeliveries();
    } catch {
      // What is shown stays; the status line says that the server is away.
    }
  }

  /// A delivery changed.
  delivery(changed) {
    if (this.#event === null) return;
    const known = this.#event.deliveries.find((one) => one.id === changed.id);
    if (known) known.state = changed.state;
    else if (changed.events.includes(this.id)) {
      this.#event.deliveries.push({id: changed.id, project: changed.project, warehouse: changed.warehouse, state: changed.state});
    } else return;
    this.#showDeliveries();
  }

  #bar() {
    return el('div', {class: 'panel-bar'}, this.#heading,
      el('a', {class: 'button quiet', href: this.#shell.href({event: null}), 'aria-label': 'Close this event'}, 'Close'));
  }

  async #load() {
    try {
      this.#event = await get(`events/${part(this.id)}`, {}, this.#abort.signal);
      this.#draw();
    } catch (failure) {
      if (failure.name === 'AbortError') return;
      fill(this.element, this.#bar(), hint(sentence(failure)), button('Try again', () => this.#load()));
    }
    this.element.setAttribute('aria-busy', 'false');
    this.#heading.focus({preventScroll: true});
  }

  #draw() {
    const event = this.#event;
    fill(this.#heading, artifactsText(event.artifacts) || event.kind || 'Event');
    fill(this.element, this.#bar(),
      el('p', {class: 'lead'}, badge(event.outcome), ' ', OUTCOMES[event.outcome], event.reason ? ` \u2014 ${event.reason}` : ''),
      el('div', {class: 'actions'},
        operateButton(this.#shell, 'Replay', async () => {
          const result = await replay(event);
          if (result) this.#shell.go({event: result.event});
        }, {disabled: event.bodyBytes === 0 || event.outcome === 'unauthenticated'}),
        button('Copy link', () => copy(location.href, 'link')),
        button('Copy id', () => copy(event.id, 'id'))),
      facts([
        ['Received', [fullTime(event.receivedAt), ` (${relative(event.receivedAt)})`]],
        ['Receiver', el('a', {href: this.#shell.link('receivers', {find: event.receiver})}, projectName(event.project, event.receiver))],
        ['Adapter', event.adapter], ['Kind', event.kind], ['Action', event.action], ['Actor', event.actor],
        ['Happened', fullTime(event.occurredAt)], ['Sender\u2019s id', event.senderDeliveryId && el('span', {class: 'mono'}, event.senderDeliveryId)],
        ['Replay of', event.replayOf && el('a', {class: 'mono', href: this.#shell.href({event: event.replayOf})}, event.replayOf)],
        ['Peer', el('span', {class: 'mono'}, event.peer)], ['Id', el('span', {class: 'mono'}, event.id)]]),
      section('Deliveries', this.#deliveries),
      section('Artifacts', artifactsTable(event.artifacts)),
      section('Why', this.#explain()),
      event.details && section('Details', el('pre', {tabindex: '0', 'aria-label': 'Details'}, JSON.stringify(event.details, null, 2))),
      section('Headers that were kept', event.headers.length === 0 ? hint('None.')
        : table('Headers', ['Name', 'Value'], event.headers.map(({name, value}) => [el('span', {class: 'mono'}, name), el('span', {class: 'mono wrap'}, value)]))),
      section(`Body (${bytes(event.bodyBytes)})`, this.#body()));
    this.#showDeliveries();
  }

  #showDeliveries() {
    const deliveries = this.#event.deliveries;
    if (deliveries.length === 0) {
      fill(this.#deliveries, hint('It owes no refresh.'));
      return;
    }
    fill(this.#deliveries, el('ul', {class: 'plain-list'}, deliveries.map((delivery) => el('li', {class: 'line'},
      badge(delivery.state),
      el('a', {href: this.#shell.link('deliveries', {delivery: delivery.id})}, projectName(delivery.project, delivery.warehouse)),
      el('span', {class: 'actions'}, this.#deliveryActions(delivery))))));
  }

  #deliveryActions(delivery) {
    const label = projectName(delivery.project, delivery.warehouse);
    const act = (verb) => async () => {
      const result = await verb(delivery);
      if (result) this.refresh();
    };
    if (delivery.state === 'running') return [];
    return [
      operateButton(this.#shell, hasEnded(delivery) ? 'Retry' : 'Try now', act(retry), {class: 'small', 'aria-label': `${hasEnded(delivery) ? 'Retry' : 'Try now'}: ${label}`}),
      !hasEnded(delivery) && operateButton(this.#shell, 'Cancel', act(cancel), {class: 'small', 'aria-label': `Cancel: ${label}`})];
  }

  #explain() {
    const box = el('div', {}, hint('Loading\u2026'));
    get(`events/${part(this.id)}/explain`, {}, this.#abort.signal).then(
      (answer) => fill(box, explanation(answer)),
      (failure) => failure.name === 'AbortError' || fill(box, hint(sentence(failure))));
    return box;
  }

  #body() {
    if (this.#event.bodyBytes === 0) return hint('It had no body, or none was kept.');
    const box = el('div', {}, hint('Loading\u2026'));
    request('GET', `events/${part(this.id)}/body`, {signal: this.#abort.signal}).then((answer) => answer.arrayBuffer()).then(
      (buffer) => this.#showBody(box, buffer),
      (failure) => failure.name === 'AbortError' || fill(box, hint(sentence(failure))));
    return box;
  }

  #showBody(box, buffer) {
    const raw = new TextDecoder().decode(buffer);
    const pretty = indented(raw);
    let shown = pretty ?? raw;
    const show = (most) => {
      const pre = el('pre', {class: 'body', tabindex: '0', 'aria-label': 'Body'}, shown.slice(0, most));
      const cut = shown.length > most;
      fill(box,
        el('div', {class: 'actions'},
          button('Copy body', () => copy(raw, 'body')),
          button('Download', () => this.#download(buffer)),
          pretty !== null && button(shown === raw ? 'Indented' : 'As it came', () => {
            shown = shown === raw ? pretty : raw;
            show(SHOWN_CHARACTERS);
          })),
        pretty === null && hint('It is no JSON, and shown as it came. Bytes that are no UTF-8 appear as \ufffd.'),
        pre,
        cut && el('p', {}, `The first ${most.toLocaleString('en')} of ${shown.length.toLocaleString('en')} characters. `,
          button('Show all', () => show(Infinity))));
    };
    show(SHOWN_CHARACTERS);
  }

  #download(buffer) {
    const url = URL.createObjectURL(new Blob([buffer], {type: 'application/octet-stream'}));
    const link = el('a', {href: url, download: `${this.id}.body`});
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }
}
