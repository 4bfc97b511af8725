// SPDX-License-Identifier: Apache-2.0
import {el, fill} from './dom.js';

/// A list that the address filters, with one of its items opened beside it. `names` are the filters, `item` is the
/// parameter that names what is opened, `Panel` shows it. Who extends it gives `list(filters)`: makes the list, fills
/// `left`, and returns the list.
export class SplitView {
  left = el('div', {class: 'list-side'});
  /// The filters as they are; null before the first show().
  params = null;
  /// The list and the opened panel, once there is one.
  shown = null;
  panel = null;
  #names;
  #item;
  #Panel;
  #right = el('div', {class: 'panel-side'});

  constructor(shell, {names, item, Panel}) {
    this.shell = shell;
    this.#names = names;
    this.#item = item;
    this.#Panel = Panel;
    this.element = el('div', {class: 'split'}, this.left, this.#right);
  }

  destroy() {
    this.shown?.destroy();
    this.panel?.destroy();
  }

  /// `params`: the page's address as an object.
  show(params) {
    const filters = Object.fromEntries(this.#names.map((name) => [name, params[name] ?? '']));
    if (this.params === null || this.#names.some((name) => filters[name] !== this.params[name])) {
      this.params = filters;
      this.shown?.destroy();
      this.shown = this.list(filters);
    }
    this.#open(params[this.#item] ?? null);
  }

  async gap(first) {
    const missed = await this.shown.catchUp(first);
    if (!first) this.panel?.refresh();
    return missed;
  }

  #open(id) {
    this.shown.select(id);
    this.element.classList.toggle('with-panel', id !== null);
    if (id === (this.panel?.id ?? null)) return;
    this.panel?.destroy();
    this.panel = id === null ? null : new this.#Panel(this.shell, id);
    fill(this.#right, this.panel?.element);
  }
}
