// SPDX-License-Identifier: Apache-2.0
// Rate and outcomes of a span of time, and what is owed now.
import {get} from './api.js';
import {outcomeChart, outcomeTable, shares} from './charts.js';
import {el, hint, section} from './dom.js';
import {OUTCOMES, STATES, plural, projectName, relative} from './format.js';
import {PlainView} from './plain_view.js';

const POLL_MS = 10_000;
const SPANS = {'1h': [3600, 'hour'], '24h': [86400, '24 hours'], '7d': [7 * 86400, '7 days'], '30d': [30 * 86400, '30 days']};
const MOST_RECEIVERS = 20;

export class OverviewView extends PlainView {
  #shell;
  #timer;

  constructor(shell) {
    super('Overview', (signal) => {
      const [seconds] = this.#span();
      return get('stats', {since: new Date(Date.now() - seconds * 1000).toISOString()}, signal);
    }, (stats) => this.#content(stats));
    this.#shell = shell;
    this.#timer = setInterval(() => document.hidden || this.refresh(), POLL_MS);
  }

  show() {
    const span = this.#shell.params.span ?? '24h';
    this.setActions(Object.entries(SPANS).map(([key, [, label]]) =>
      el('a', {class: 'button', href: this.#shell.link('overview', {span: key}), 'aria-current': key === span ? 'true' : null}, label)));
    return super.show();
  }

  destroy() {
    clearInterval(this.#timer);
    super.destroy();
  }

  #span() {
    return SPANS[this.#shell.params.span] ?? SPANS['24h'];
  }

  #content(stats) {
    const words = Object.keys(OUTCOMES);
    const total = Object.values(stats.outcomes).reduce((sum, count) => sum + count, 0);
    const link = (view, params) => this.#shell.link(view, params);
    const receivers = [...stats.receivers].sort((a, b) => b.events - a.events).slice(0, MOST_RECEIVERS);
    const tile = (count, label, href, kind) => el('a', {class: `tile is-${kind}`, href}, el('strong', {}, count.toLocaleString('en')), el('span', {}, label));
    return [
      el('div', {class: 'tiles'},
        tile(total, `events in ${this.#span()[1]}`, link('events', {since: stats.since}), 'plain'),
        tile(stats.deliveries.scheduled, 'deliveries scheduled', link('deliveries', {state: 'scheduled'}), 'scheduled'),
        tile(stats.deliveries.running, 'running', link('deliveries', {state: 'running'}), 'running'),
        tile(stats.deliveries.exhausted, 'exhausted', link('deliveries', {state: 'exhausted'}), 'exhausted')),
      stats.oldestOwed && el('p', {class: 'notice'}, 'Owed the longest: ',
        el('a', {href: link('deliveries', {delivery: stats.oldestOwed.delivery})}, projectName(stats.oldestOwed.project, stats.oldestOwed.warehouse)),
        `, since ${relative(stats.oldestOwed.createdAt)}.`),
      section('Events by outcome', total === 0 ? hint('No event in this span.') : [
        el('ul', {class: 'legend'}, words.filter((word) => stats.outcomes[word]).map((word) =>
          el('li', {title: OUTCOMES[word]}, el('span', {class: `key is-${word}`}), `${word} ${stats.outcomes[word].toLocaleString('en')}`))),
        el('div', {class: 'table-frame', tabindex: '0', role: 'region', 'aria-label': 'Chart'}, outcomeChart(stats, words)), outcomeTable(stats, words)]),
      el('div', {class: 'two'},
        section('Receivers', receivers.length === 0 ? hint('None heard anything.') : shares('Events per receiver', receivers.map((one) => ({
          label: el('a', {href: link('events', {receiver: one.name, project: one.project})}, projectName(one.project, one.name)), count: one.events}))),
          stats.receivers.length > MOST_RECEIVERS && hint(`and ${plural(stats.receivers.length - MOST_RECEIVERS, 'more receiver')}`)),
        section('Deliveries', shares('Deliveries by state', Object.keys(STATES).map((word) => ({
          label: el('a', {href: link('deliveries', {state: word})}, word), count: stats.deliveries[word] ?? 0, class: word})))))];
  }
}
