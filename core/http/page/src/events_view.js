// SPDX-License-Identifier: Apache-2.0
// The live list of events, with one of them opened beside it.
import {button, el, fill} from './dom.js';
import {EventPanel} from './event_panel.js';
import {filterBar} from './filters.js';
import {ACTIONS, OUTCOMES, artifactsText, badge, plural, projectName, time} from './format.js';
import {HistoryList} from './history_list.js';
import {SplitView} from './split_view.js';

const FIELDS = [
  {name: 'outcome', label: 'Outcome', choices: Object.keys(OUTCOMES)},
  {name: 'repository', label: 'Repository', placeholder: 'quay.io/shop/api', wide: true},
  {name: 'tag', label: 'Tag'},
  {name: 'project', label: 'Project', more: true},
  {name: 'receiver', label: 'Receiver', more: true},
  {name: 'adapter', label: 'Adapter', more: true},
  {name: 'action', label: 'Action', choices: ACTIONS, more: true},
  {name: 'since', label: 'Since', time: true, more: true},
  {name: 'until', label: 'Until', time: true, more: true},
];
const NAMES = FIELDS.map((field) => field.name);

/// What the stream can filter by; times it cannot.
const STREAMED = ['outcome', 'repository', 'tag', 'project', 'receiver', 'adapter', 'action'];

function rowOf(event) {
  return {
    id: event.id,
    receivedAt: event.receivedAt,
    outcome: event.outcome,
    receiver: projectName(event.project, event.receiver),
    adapter: event.adapter,
    action: event.action ?? event.kind ?? '',
    what: artifactsText(event.artifacts) || event.reason || event.kind || '',
    deliveries: event.deliveries.map(({id, project, warehouse, state}) => ({id, name: projectName(project, warehouse), state})),
  };
}

/// The states of an event's deliveries: one dot each while they are few.
function deliveryDots(deliveries) {
  if (deliveries.length === 0) return null;
  if (deliveries.length === 1) return badge(deliveries[0].state);
  const counts = new Map();
  for (const {state} of deliveries) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, count]) => el('span', {class: `badge is-${state}`}, `${count} ${state}`));
}

function cellsOf(row) {
  return [
    time(row.receivedAt), badge(row.outcome), el('span', {class: 'mono', title: row.what}, row.what),
    row.action, el('span', {title: row.receiver}, row.receiver), row.adapter, deliveryDots(row.deliveries)];
}

const COLUMNS = [
  {title: 'Received', class: 'c-time'}, {title: 'Outcome', class: 'c-word'}, {title: 'What', class: 'c-what'},
  {title: 'Action', class: 'c-action'}, {title: 'Receiver', class: 'c-receiver'}, {title: 'Adapter', class: 'c-adapter'},
  {title: 'Deliveries', class: 'c-deliveries'}];

export class EventsView extends SplitView {
  title = 'Events';
  #count = el('span', {class: 'count'});
  #fresh = el('span', {});
  #unseen = 0;
  #filters = el('div', {});

  constructor(shell) {
    super(shell, {names: NAMES, item: 'event', Panel: EventPanel});
    this.left.addEventListener('scroll', () => this.#showFresh(), true);
  }

  /// What the shell follows for this view.
  stream() {
    const query = {types: 'event,delivery'};
    for (const name of STREAMED) if (this.params[name]) query[name] = this.params[name];
    return query;
  }

  live(messages) {
    const events = messages.filter(({type}) => type === 'event').map(({data}) => data);
    const in_time = events.filter((event) => (!this.params.since || event.receivedAt >= this.params.since) &&
      (!this.params.until || event.receivedAt < this.params.until));
    const was_at_top = this.shown.atTop;
    const added = this.shown.merge(in_time);
    if (!was_at_top) this.#unseen += added;
    this.#showFresh();
    for (const {type, data} of messages) {
      if (type === 'delivery') this.#delivery(data);
    }
    return added;
  }

  list(filters) {
    this.#unseen = 0;
    const filtered = NAMES.some((name) => filters[name]);
    const list = new HistoryList({
      path: 'events', kind: 'event-row', label: 'Events, newest first', columns: COLUMNS, cells: cellsOf, row: rowOf,
      at: 'receivedAt', one: 'event', many: 'events', href: (row) => this.shell.href({event: row.id}),
      counted: (count, all) => fill(this.#count, `${plural(count, 'event')}${all ? '' : ' loaded'}`),
      empty: filtered ? 'No event fits these filters.'
                      : 'No event yet. Register the URL of a receiver at its registry, or send a sample from Receivers.',
    }, filters);
    fill(this.#filters, filterBar(FIELDS, filters, (values) => this.shell.go({...values, event: null})));
    fill(this.#fresh);
    fill(this.left, el('div', {class: 'list-bar'}, el('h2', {}, 'Events'), this.#count, this.#fresh), this.#filters, list.element);
    return list;
  }

  #showFresh() {
    if (this.shown.atTop) this.#unseen = 0;
    fill(this.#fresh, this.#unseen > 0 && button(`${plural(this.#unseen, 'new event')} above`, () => {
      this.shown.scrollToTop();
    }, {class: 'primary'}));
  }

  #delivery(delivery) {
    this.panel?.delivery(delivery);
    for (const id of delivery.events) {
      const row = this.shown.find(id);
      const shown = row?.deliveries.find((one) => one.id === delivery.id);
      if (!shown || shown.state === delivery.state) continue;
      shown.state = delivery.state;
      this.shown.changed(id);
    }
  }
}
