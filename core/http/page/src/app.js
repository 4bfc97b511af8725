// SPDX-License-Identifier: Apache-2.0
// The shell: who is asked for a token, which view stands for the address, what the stream says to it.
import {ApiError, get, keepToken, onRefused, sentence, token} from './api.js';
import {ConfigurationView} from './configuration_view.js';
import {DeliveriesView} from './deliveries_view.js';
import {button, el, fill, hint} from './dom.js';
import {EventsView} from './events_view.js';
import {plural} from './format.js';
import {loginForm} from './login.js';
import {announce, note} from './notes.js';
import {OverviewView} from './overview_view.js';
import {PluginsView} from './plugins_view.js';
import {ReceiversView} from './receivers_view.js';
import {LiveStream} from './stream.js';
import {TargetsView} from './targets_view.js';
import {themeButton} from './theme_button.js';
import {WarehousesView} from './warehouses_view.js';

const VIEWS = {
  events: ['Events', EventsView],
  deliveries: ['Deliveries', DeliveriesView],
  overview: ['Overview', OverviewView],
  receivers: ['Receivers', ReceiversView],
  warehouses: ['Warehouses', WarehousesView],
  targets: ['Targets', TargetsView],
  plugins: ['Plugins', PluginsView],
  configuration: ['Configuration', ConfigurationView],
};

const STATUS = {
  connecting: 'Connecting\u2026',
  live: 'Live',
  reconnecting: 'Reconnecting\u2026',
};

/// Messages are shown in batches: thousands a second are no use to anybody.
const BATCH_MS = 150;

/// How long after a reconnection what arrives counts as missed.
const CATCH_UP_MS = 1500;

class Shell {
  #root = document.getElementById('app');
  #main = el('main', {id: 'main', tabindex: '-1'});
  #status = el('span', {class: 'status'});
  #nav = el('nav', {'aria-label': 'Views'});
  #access = null;
  #name = null;
  #view = null;
  #status_word = '';
  #pending = [];
  #flush_timer = 0;
  #missed = null;
  #stream;

  constructor() {
    this.#stream = new LiveStream({
      status: (word) => this.#showStatus(word),
      message: (type, data) => this.#receive(type, data),
      began: (first) => this.#began(first),
      resumed: () => this.#resumed(),
    });
    onRefused(() => this.#login('The token is not valid, or no longer. Enter one that is.'));
    addEventListener('popstate', () => this.#route());
    document.addEventListener('click', (event) => this.#click(event));
    document.addEventListener('keydown', (event) => this.#key(event));
  }

  get readOnly() {
    return this.#access?.scope !== 'operate';
  }

  get params() {
    return Object.fromEntries(new URLSearchParams(location.search));
  }

  /// The address with `changes`; a null or empty value takes a parameter away.
  href(changes) {
    return this.#address({...this.params, ...changes});
  }

  link(view, params = {}) {
    return this.#address({view, ...params});
  }

  go(changes) {
    this.#visit(this.href(changes));
  }

  async start() {
    fill(this.#root, el('div', {class: 'login'}, hint('Connecting\u2026')));
    try {
      this.#access = await get('access');
    } catch (failure) {
      if (failure instanceof ApiError && failure.status === 401) return this.#login('');
      fill(this.#root, el('main', {id: 'main', class: 'login', tabindex: '-1'}, el('h1', {}, 'Landfall'), hint(sentence(failure)),
        button('Try again', () => this.start(), {class: 'primary'})));
      return;
    }
    this.#frame();
    this.#route();
  }

  #address(params) {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(params)) {
      if (value !== null && value !== undefined && value !== '') search.set(name, value);
    }
    return `?${search}`;
  }

  #visit(href) {
    if (href === location.search) return;
    history.pushState(null, '', href);
    this.#route();
  }

  #login(why) {
    if (this.#root.querySelector('form.login-form')) return;
    const had_token = token() !== null;
    keepToken(null);
    this.#stream.stop();
    this.#closeView();
    this.#access = null;
    document.querySelectorAll('dialog').forEach((dialog) => dialog.close());
    fill(this.#root, loginForm(had_token ? why : '', () => this.start()));
    document.title = 'Landfall: token';
    if (had_token && why) announce(why);
  }

  #logout() {
    keepToken(null);
    this.#stream.stop();
    this.#closeView();
    this.#access = null;
    fill(this.#root, loginForm('You are logged out.', () => this.start()));
  }

  #frame() {
    const menu = button('Menu', () => {
      const open = this.#nav.classList.toggle('open');
      menu.setAttribute('aria-expanded', String(open));
    }, {class: 'menu quiet', 'aria-expanded': 'false', 'aria-controls': 'nav'});
    this.#nav.id = 'nav';
    fill(this.#root,
      el('header', {class: 'top'}, menu,
        el('h1', {}, el('a', {href: '?view=events'}, 'Landfall')), this.#status, el('span', {class: 'gap'}),
        this.#access.name && el('span', {class: 'who'}, this.#access.name),
        this.readOnly && el('span', {class: 'badge is-ignored', title: 'This token may look, not change.'}, 'read only'),
        themeButton(),
        this.#access.tokenRequired && button('Log out', () => this.#logout(), {class: 'quiet'})),
      el('div', {class: 'columns'}, this.#nav, this.#main));
  }

  #route() {
    if (this.#access === null) return;
    const params = this.params;
    const name = Object.hasOwn(VIEWS, params.view) ? params.view : 'events';
    if (name !== this.#name) this.#openView(name);
    this.#view.show(params);
    if (this.#view.stream) this.#stream.follow(this.#view.stream());
    else this.#stream.follow({types: 'delivery'});
  }

  #openView(name) {
    const first = this.#name === null;
    this.#closeView();
    const [title, View] = VIEWS[name];
    this.#name = name;
    this.#view = new View(this);
    fill(this.#main, this.#view.element);
    fill(this.#nav, el('ul', {}, Object.entries(VIEWS).map(([view, [label]]) => el('li', {},
      el('a', {href: `?view=${view}`, 'aria-current': view === name ? 'page' : null}, label)))));
    this.#nav.classList.remove('open');
    this.#root.querySelector('.menu').setAttribute('aria-expanded', 'false');
    document.title = `${title} \u00b7 Landfall`;
    if (!first) {
      this.#main.focus({preventScroll: true});
      announce(title);
    }
  }

  #closeView() {
    this.#view?.destroy?.();
    this.#view = null;
    this.#name = null;
    this.#pending = [];
  }

  #showStatus(word) {
    if (word === this.#status_word) return;
    const before = this.#status_word;
    this.#status_word = word;
    fill(this.#status, el('span', {class: `lamp is-${word}`}), STATUS[word]);
    if (word === 'reconnecting' && before === 'live') announce('The connection is lost; reconnecting.');
    if (word === 'live' && before === 'reconnecting') announce('Live again.');
  }

  #receive(type, data) {
    if (this.#missed !== null && type === 'event') this.#missed += 1;
    this.#pending.push({type, data});
    if (this.#flush_timer === 0) this.#flush_timer = setTimeout(() => this.#flush(), BATCH_MS);
  }

  #flush() {
    this.#flush_timer = 0;
    const messages = this.#pending;
    this.#pending = [];
    if (messages.length > 0) this.#view?.live?.(messages);
  }

  #resumed() {
    this.#missed = 0;
    setTimeout(() => {
      this.#sayMissed(this.#missed);
      this.#missed = null;
    }, CATCH_UP_MS);
  }

  /// Also the first time: what came between the reading of the list and the beginning of the stream is in neither.
  async #began(first) {
    const view = this.#view;
    if (first && !view?.live) return;
    try {
      const missed = await view?.gap?.(first);
      if (this.#view === view && !first) this.#sayMissed(missed ?? 0);
    } catch (failure) {
      if (failure.name !== 'AbortError') note(sentence(failure), 'bad');
    }
  }

  #sayMissed(count) {
    if (count > 0) note(`Live again: ${plural(count, 'event')} arrived meanwhile.`);
  }

  #click(event) {
    const link = event.target.closest?.('a[href^="?"]');
    if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    this.#visit(link.getAttribute('href'));
  }

  /// Escape closes the panel, "/" goes to the filters.
  #key(event) {
    if (document.querySelector('dialog[open]') || event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.matches?.('input, select, textarea');
    if (event.key === 'Escape' && !typing && (this.params.event || this.params.delivery)) {
      const id = this.params.event ?? this.params.delivery;
      this.go({event: null, delivery: null});
      document.querySelector(`[data-id="${CSS.escape(id)}"] a`)?.focus({preventScroll: true});
    } else if (event.key === '/' && !typing) {
      const field = this.#main.querySelector('form.filters input, form.filters select');
      if (!field) return;
      event.preventDefault();
      field.focus();
    }
  }
}

new Shell().start();
