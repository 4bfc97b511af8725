// SPDX-License-Identifier: Apache-2.0
import {sentence} from './api.js';
import {button, el, fill, hint} from './dom.js';

/// A view that is read once, and again when asked. `load(signal)` fetches, `draw(data)` makes the content.
export class PlainView {
  #abort = new AbortController();
  #content = el('div', {class: 'content'});
  #bar = el('span', {class: 'actions'});

  constructor(title, load, draw) {
    this.title = title;
    this.load = load;
    this.draw = draw;
    this.element = el('div', {class: 'plain'},
      el('div', {class: 'list-bar'}, el('h2', {}, title), el('span', {class: 'gap'}), this.#bar), this.#content);
    fill(this.#content, hint('Loading\u2026'));
  }

  /// Buttons beside the title.
  setActions(...children) {
    fill(this.#bar, children);
  }

  show() {
    return this.refresh();
  }

  gap() {
    return this.refresh();
  }

  destroy() {
    this.#abort.abort();
  }

  async refresh() {
    try {
      const data = await this.load(this.#abort.signal);
      if (!this.#abort.signal.aborted) this.#redraw(this.draw(data));
    } catch (failure) {
      if (failure.name === 'AbortError') return;
      fill(this.#content, hint(sentence(failure)), button('Try again', () => this.refresh()));
    }
  }

  /// What was unfolded stays so, and the focus stays on what looks the same.
  #redraw(...children) {
    const open = [...this.#content.querySelectorAll('details')].map((one) => one.open);
    const focused = this.#content.contains(document.activeElement) ? document.activeElement : null;
    fill(this.#content, children);
    this.#content.querySelectorAll('details').forEach((one, i) => { one.open = open[i] ?? one.open; });
    if (focused === null) return;
    [...this.#content.querySelectorAll(focused.tagName)].find((one) => one.textContent === focused.textContent)?.focus({preventScroll: true});
  }
}

/// A text field that hides those of `items` ([{element, words}]) that do not contain what is typed.
export function finder(label, items, first = '') {
  const field = el('input', {type: 'search', id: 'find', value: first, autocomplete: 'off'});
  const count = el('span', {class: 'count', 'aria-live': 'polite'});
  const apply = () => {
    const wanted = field.value.trim().toLowerCase();
    let shown = 0;
    for (const {element, words} of items) {
      const fits = words.toLowerCase().includes(wanted);
      element.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    fill(count, wanted === '' ? `${items.length.toLocaleString('en')}` : `${shown.toLocaleString('en')} of ${items.length.toLocaleString('en')}`);
  };
  field.addEventListener('input', apply);
  apply();
  return el('div', {class: 'field inline'}, el('label', {for: 'find'}, label), field, count);
}
