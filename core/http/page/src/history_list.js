// SPDX-License-Identifier: Apache-2.0
// A list of the history, newest first: pages fetched as they are scrolled to, live messages put on top.
import {get, sentence} from './api.js';
import {button} from './dom.js';
import {plural} from './format.js';
import {VirtualList} from './virtual_list.js';

const FIRST_PAGE = 100;
const NEXT_PAGES = 1000;

/// A page left open for weeks must not grow for ever; what falls off the end is fetched again when it is scrolled to.
const MOST_ROWS_AT_TOP = 20_000;

/// `options`: those of VirtualList without `more`, and `path` (of the API), `row(item)` (what to keep of an item), `at`
/// (the name of the time that the list is ordered by), `empty` (a sentence), `counted` (called with the number of rows).
export class HistoryList {
  #options;
  #query;
  #list;
  #rows = [];
  #by_id = new Map();
  #next = null;
  #end = false;
  #loading = null;

  constructor(options, query) {
    this.#options = options;
    this.#query = query;
    this.#list = new VirtualList({...options, more: () => this.#more()});
    this.element = this.#list.element;
    this.#more();
  }

  destroy() {
    this.#loading?.abort();
    this.#list.destroy();
  }

  get length() {
    return this.#rows.length;
  }

  get atTop() {
    return this.#list.atTop;
  }

  scrollToTop() {
    this.#list.scrollToTop();
  }

  select(id) {
    this.#list.select(id);
  }

  find(id) {
    return this.#by_id.get(id);
  }

  changed(id) {
    this.#list.changed(id);
  }

  /// Puts in place what came live; returns how many rows are new.
  merge(items) {
    const fresh = [];
    for (const item of items) {
      const known = this.#by_id.get(item.id);
      if (known) {
        Object.assign(known, this.#options.row(item));
        this.#list.changed(item.id);
      } else {
        const row = this.#options.row(item);
        this.#by_id.set(row.id, row);
        fresh.push(row);
      }
    }
    if (fresh.length > 0) this.#addOnTop(fresh);
    return fresh.length;
  }

  /// Reads the newest again after a gap in the stream, as far back as what is known: a small one when the stream has
  /// just begun. Returns how many rows are new.
  async catchUp(just_begun) {
    if (this.#rows.length === 0) return this.#restart();
    const page = await get(this.#options.path, {...this.#query, limit: just_begun ? FIRST_PAGE : NEXT_PAGES});
    const touches = page.next === null || page.items.some((item) => this.#by_id.has(item.id));
    if (touches) return this.merge(page.items);
    return this.#restart();
  }

  #restart() {
    this.#loading?.abort();
    this.#loading = null;
    this.#rows = [];
    this.#by_id.clear();
    this.#next = null;
    this.#end = false;
    this.#list.set([]);
    this.#more();
    return 0;
  }

  #addOnTop(fresh) {
    // Ids are UUIDv7: their order is that of time.
    fresh.sort((a, b) => (a.id < b.id ? 1 : -1));
    this.#rows = fresh.concat(this.#rows);
    if (fresh.length < this.#rows.length && fresh.at(-1).id < this.#rows[fresh.length].id) {
      this.#rows.sort((a, b) => (a.id < b.id ? 1 : -1));
    }
    if (this.#list.atTop && this.#rows.length > MOST_ROWS_AT_TOP + NEXT_PAGES) this.#trim();
    this.#list.set(this.#rows, fresh.length);
    this.#showEnd();
  }

  #trim() {
    for (const row of this.#rows.splice(MOST_ROWS_AT_TOP)) this.#by_id.delete(row.id);
    this.#next = null;
    this.#end = false;
  }

  /// Where the next page begins: the cursor, or, when rows fell off the end, the time of the last one kept.
  #nextPage() {
    if (this.#next !== null) return {cursor: this.#next};
    const last = this.#rows.at(-1);
    return last ? {until: new Date(new Date(last[this.#options.at]).getTime() + 1).toISOString()} : {};
  }

  async #more() {
    if (this.#end || this.#loading) return;
    const abort = new AbortController();
    this.#loading = abort;
    this.#list.setFooter('Loading\u2026');
    try {
      const limit = this.#rows.length === 0 ? FIRST_PAGE : NEXT_PAGES;
      const page = await get(this.#options.path, {...this.#query, limit, ...this.#nextPage()}, abort.signal);
      const before = this.#rows.length;
      for (const item of page.items) {
        if (this.#by_id.has(item.id)) continue;
        const row = this.#options.row(item);
        this.#by_id.set(row.id, row);
        this.#rows.push(row);
      }
      this.#next = page.next;
      this.#end = page.next === null;
      this.#loading = null;
      this.#list.set(this.#rows);
      if (before === 0) this.#list.scrollToTop();
      this.#showEnd();
    } catch (failure) {
      if (failure.name === 'AbortError') return;
      // Stays `loading` until the person asks: the list would ask again with every frame otherwise.
      this.#list.setFooter(sentence(failure), ' ', button('Try again', () => {
        this.#loading = null;
        this.#more();
      }));
    }
  }

  #showEnd() {
    this.#options.counted?.(this.#rows.length, this.#end);
    if (!this.#end) this.#list.setFooter('');
    else if (this.#rows.length === 0) this.#list.setFooter(this.#options.empty);
    else this.#list.setFooter(`All ${plural(this.#rows.length, this.#options.one, this.#options.many)} are shown.`);
  }
}
