// SPDX-License-Identifier: Apache-2.0
// A table of any length: only the rows in sight are elements, so 100,000 scroll as 100 do.
import {el, fill} from './dom.js';

const OVERSCAN = 8;
const PREFETCH_ROWS = 150;

/// Rows are objects with an `id`. `cells(row)` gives the row's cells; `href(row)` where its link leads; `more()` is
/// called when the end comes near. The arrow keys, Page Up and Down, Home and End move between rows.
export class VirtualList {
  #rows = [];
  #shown = new Map();  // id → element
  #row_height = 36;
  #scroll_top = 0;
  #active = 0;
  #selected = null;
  #refocus = null;  // the row that had the focus when it was made anew
  #options;
  #body;
  #scroller;
  #footer;
  #frame = 0;

  constructor(options) {
    this.#options = options;
    this.#body = el('div', {class: 'rows', role: 'rowgroup'});
    this.#footer = el('p', {class: 'list-end hint'});
    const head = el('div', {class: `row head ${options.kind}`, role: 'row'},
      options.columns.map((column) => el('span', {role: 'columnheader', class: `cell ${column.class}`}, column.title)));
    this.#scroller = el('div', {class: 'scroller', on: {scroll: () => this.#scrolled(), keydown: (event) => this.#key(event)}},
      el('div', {role: 'table', 'aria-label': options.label}, el('div', {role: 'rowgroup', class: 'list-head'}, head), this.#body),
      this.#footer);
    this.element = this.#scroller;
    this.#resize = new ResizeObserver(() => this.#measure());
    this.#resize.observe(this.#scroller);
  }

  #resize;

  destroy() {
    this.#resize.disconnect();
    cancelAnimationFrame(this.#frame);
  }

  get atTop() {
    return this.#scroll_top < this.#row_height;
  }

  scrollToTop() {
    this.#scroller.scrollTop = 0;
  }

  /// Shows `rows`; `added_above` of them are new at the top, and what is in sight stays where it is.
  set(rows, added_above = 0) {
    this.#rows = rows;
    if (added_above > 0) {
      this.#active += added_above;
      if (!this.atTop) this.#moveBy(added_above * this.#row_height);
    }
    this.#schedule();
  }

  /// A row's content changed.
  changed(id) {
    const element = this.#shown.get(id);
    if (element?.contains(document.activeElement)) this.#refocus = id;
    element?.remove();
    this.#shown.delete(id);
    this.#schedule();
  }

  select(id) {
    this.#selected = id;
    for (const [row_id, element] of this.#shown) this.#mark(element, row_id === id);
  }

  setFooter(...children) {
    fill(this.#footer, children);
  }

  #moveBy(pixels) {
    this.#setHeight();
    this.#scroller.scrollTop += pixels;
    this.#scroll_top = this.#scroller.scrollTop;
  }

  #setHeight() {
    this.#body.style.height = `${this.#rows.length * this.#row_height}px`;
  }

  #measure() {
    if (this.#scroller.clientHeight === 0) return;
    const height = parseFloat(getComputedStyle(this.#scroller).getPropertyValue('--row-height')) || 36;
    if (height !== this.#row_height) {
      const first = this.#scroll_top / this.#row_height;
      this.#row_height = height;
      for (const element of this.#shown.values()) element.remove();
      this.#shown.clear();
      this.#setHeight();
      this.#scroll_top = first * height;
    }
    // A list that was hidden meanwhile has lost its place.
    this.#setHeight();
    this.#scroller.scrollTop = this.#scroll_top;
    this.#schedule();
  }

  #scrolled() {
    if (this.#scroller.clientHeight === 0) return;
    this.#scroll_top = this.#scroller.scrollTop;
    this.#schedule();
  }

  #schedule() {
    if (this.#frame !== 0) return;
    const draw = () => {
      cancelAnimationFrame(this.#frame);
      clearTimeout(fallback);
      this.#frame = 0;
      this.#draw();
    };
    // Pages in the background are given no frames.
    const fallback = setTimeout(draw, 250);
    this.#frame = requestAnimationFrame(draw);
  }

  #draw() {
    this.#setHeight();
    const height = this.#scroller.clientHeight || innerHeight;
    const first = Math.max(0, Math.floor(this.#scroll_top / this.#row_height) - OVERSCAN);
    const last = Math.min(this.#rows.length, Math.ceil((this.#scroll_top + height) / this.#row_height) + OVERSCAN);
    const wanted = new Set();
    for (let index = first; index < last; ++index) wanted.add(this.#rows[index].id);
    for (const [id, element] of this.#shown) {
      // The row that has the focus stays, or the next key would go nowhere.
      if (wanted.has(id) || element.contains(document.activeElement)) continue;
      element.remove();
      this.#shown.delete(id);
    }
    this.#active = Math.min(Math.max(this.#active, 0), Math.max(this.#rows.length - 1, 0));
    for (let index = first; index < last; ++index) this.#place(this.#rows[index], index);
    this.element.querySelector('[role=table]').setAttribute('aria-rowcount', String(this.#rows.length + 1));
    if (last > this.#rows.length - PREFETCH_ROWS) this.#options.more();
  }

  #place(row, index) {
    let element = this.#shown.get(row.id);
    if (!element) {
      element = this.#make(row);
      this.#shown.set(row.id, element);
      this.#body.append(element);
      if (this.#refocus === row.id && document.activeElement === document.body) {
        element.querySelector('a').focus({preventScroll: true});
      }
      if (this.#refocus === row.id) this.#refocus = null;
    }
    element.style.transform = `translateY(${index * this.#row_height}px)`;
    element.setAttribute('aria-rowindex', String(index + 2));
    element.dataset.index = String(index);
    element.querySelector('a').tabIndex = index === this.#active ? 0 : -1;
  }

  #make(row) {
    const cells = this.#options.cells(row);
    const element = el('div', {class: `row ${this.#options.kind}`, role: 'row', 'data-id': row.id},
      this.#options.columns.map((column, i) => el('span', {role: 'cell', class: `cell ${column.class}`},
        i === 0 ? el('a', {class: 'row-link', href: this.#options.href(row), on: {focus: () => this.#focused(row)}}, cells[i])
                : cells[i])));
    this.#mark(element, row.id === this.#selected);
    return element;
  }

  #mark(element, selected) {
    element.classList.toggle('selected', selected);
    const link = element.querySelector('a');
    if (selected) link.setAttribute('aria-current', 'true');
    else link.removeAttribute('aria-current');
  }

  #focused(row) {
    const index = Number(this.#shown.get(row.id)?.dataset.index ?? 0);
    if (index === this.#active) return;
    this.#active = index;
    this.#schedule();
  }

  #key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const page = Math.max(1, Math.floor(this.#scroller.clientHeight / this.#row_height) - 2);
    const steps = {ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity};
    const step = steps[event.key];
    if (step === undefined || this.#rows.length === 0) return;
    event.preventDefault();
    this.#active = Math.min(Math.max(this.#active + step, 0), this.#rows.length - 1);
    this.#reveal(this.#active);
    this.#draw();
    this.#shown.get(this.#rows[this.#active].id)?.querySelector('a').focus({preventScroll: true});
  }

  #reveal(index) {
    const head = this.#scroller.querySelector('.list-head').offsetHeight;
    const top = index * this.#row_height;
    const view = this.#scroller.clientHeight - head;
    if (top < this.#scroller.scrollTop) this.#scroller.scrollTop = top;
    else if (top + this.#row_height > this.#scroller.scrollTop + view) {
      this.#scroller.scrollTop = top + this.#row_height - view;
    }
    this.#scroll_top = this.#scroller.scrollTop;
  }
}
