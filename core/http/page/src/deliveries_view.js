// SPDX-License-Identifier: Apache-2.0
// The live list of deliveries, with one of them opened beside it.
import {operateButton} from './actions.js';
import {retryMany} from './bulk_retry.js';
import {DeliveryPanel} from './delivery_panel.js';
import {el, fill} from './dom.js';
import {filterBar} from './filters.js';
import {REASONS, STATES, badge, plural, projectName, time, timeText} from './format.js';
import {HistoryList} from './history_list.js';
import {SplitView} from './split_view.js';

const FIELDS = [
  {name: 'state', label: 'State', choices: Object.keys(STATES)},
  {name: 'reason', label: 'Ended because', choices: Object.keys(REASONS)},
  {name: 'project', label: 'Project'},
  {name: 'warehouse', label: 'Warehouse', wide: true},
  {name: 'since', label: 'Since', time: true, more: true},
  {name: 'until', label: 'Until', time: true, more: true},
];
const NAMES = FIELDS.map((field) => field.name);

function rowOf({id, createdAt, project, warehouse, state, reason, attempts, eventCount, dueAt, endedAt, lastError}) {
  return {id, createdAt, project, warehouse, state, reason, attempts, eventCount, dueAt, endedAt, lastError};
}

function newsOf(row) {
  if (row.state === 'scheduled') return row.attempts > 0 ? `next try ${timeText(row.dueAt)}: ${row.lastError ?? ''}` : `due ${timeText(row.dueAt)}`;
  if (row.state === 'succeeded' || row.state === 'running') return '';
  return [row.reason, row.lastError].filter(Boolean).join(': ');
}

function cellsOf(row) {
  const news = newsOf(row);
  return [time(row.createdAt), badge(row.state), el('span', {class: 'mono'}, projectName(row.project, row.warehouse)),
    plural(row.attempts, 'attempt'), plural(row.eventCount, 'event'), el('span', {title: news}, news)];
}

const COLUMNS = [
  {title: 'Owed', class: 'c-time'}, {title: 'State', class: 'c-word'}, {title: 'Warehouse', class: 'c-what'},
  {title: 'Attempts', class: 'c-action'}, {title: 'Events', class: 'c-adapter'}, {title: 'News', class: 'c-news'}];

export class DeliveriesView extends SplitView {
  title = 'Deliveries';
  #count = el('span', {class: 'count'});

  constructor(shell) {
    super(shell, {names: NAMES, item: 'delivery', Panel: DeliveryPanel});
  }

  stream() {
    return {types: 'delivery'};
  }

  live(messages) {
    const changed = new Map();
    for (const {type, data} of messages) if (type === 'delivery') changed.set(data.id, data);
    const shown = [...changed.values()].filter((delivery) => this.shown.find(delivery.id) || this.#fits(delivery));
    const added = this.shown.merge(shown);
    for (const delivery of changed.values()) this.panel?.delivery(delivery);
    return added;
  }

  list(filters) {
    const list = new HistoryList({
      path: 'deliveries', kind: 'delivery-row', label: 'Deliveries, newest first', columns: COLUMNS, cells: cellsOf, row: rowOf,
      at: 'createdAt', one: 'delivery', many: 'deliveries', href: (row) => this.shell.href({delivery: row.id}),
      counted: (count, all) => fill(this.#count, `${plural(count, 'delivery', 'deliveries')}${all ? '' : ' loaded'}`),
      empty: NAMES.some((name) => filters[name]) ? 'No delivery fits these filters.' : 'Nothing has been owed yet.',
    }, filters);
    fill(this.left,
      el('div', {class: 'list-bar'}, el('h2', {}, 'Deliveries'), this.#count,
        operateButton(this.shell, 'Retry many\u2026', () => retryMany(this.params))),
      filterBar(FIELDS, filters, (values) => this.shell.go({...values, delivery: null})), list.element);
    return list;
  }

  #fits(delivery) {
    const {since, until} = this.params;
    return ['state', 'reason', 'project', 'warehouse'].every((name) => !this.params[name] || this.params[name] === delivery[name]) &&
      (!since || delivery.createdAt >= since) && (!until || delivery.createdAt < until);
  }
}
