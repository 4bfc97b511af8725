// SPDX-License-Identifier: Apache-2.0
// The only place that makes elements. Strings become text, never markup, and what a reader could not see in them
// (control characters, marks that turn the direction of writing, characters without width) is made visible.

const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/u;
const HIDDEN_RUN = new RegExp(`${HIDDEN.source}|[^${HIDDEN.source.slice(1, -1)}]+`, 'gu');

/// As programs write them, in ASCII: not every font has pictures of them.
function picture(character) {
  const named = {'\n': '\\n', '\r': '\\r', '\t': '\\t'}[character];
  if (named) return named;
  const code = character.codePointAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/// For attributes and titles, which hold no elements.
export function visible(text) {
  const string = String(text);
  return HIDDEN.test(string) ? string.replace(new RegExp(HIDDEN.source, 'gu'), picture) : string;
}

function appendText(parent, string, keeps_lines) {
  if (!HIDDEN.test(string)) {
    parent.append(string);
    return;
  }
  for (const part of string.match(HIDDEN_RUN) ?? []) {
    if (!HIDDEN.test(part) || (keeps_lines && (part === '\n' || part === '\t'))) {
      parent.append(part);
      continue;
    }
    const mark = document.createElement('span');
    mark.className = 'hidden-character';
    mark.title = `U+${part.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
    mark.textContent = picture(part);
    parent.append(mark);
  }
}

function append(parent, child) {
  if (child === null || child === undefined || child === false) return;
  if (Array.isArray(child)) child.forEach((one) => append(parent, one));
  else if (child instanceof Node) parent.append(child);
  else appendText(parent, String(child), parent.nodeName === 'PRE' || parent.nodeName === 'TEXTAREA');
}

function setAttributes(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'on') {
      for (const [type, listener] of Object.entries(value)) element.addEventListener(type, listener);
    } else if (name === 'value') {
      element.value = value;
    } else {
      element.setAttribute(name, value === true ? '' : visible(value));
    }
  }
}

/// el('a', {href: '?view=events', on: {click: f}}, 'text', other, [more]). null, undefined and false are left out.
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  append(element, children);
  setAttributes(element, attributes);
  return element;
}

export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  append(element, children);
  setAttributes(element, attributes);
  return element;
}

/// Puts `children` in place of what `parent` holds.
export function fill(parent, ...children) {
  parent.replaceChildren();
  append(parent, children);
  return parent;
}

/// A definition list of [term, value] pairs; pairs whose value is null are left out.
export function facts(pairs) {
  const list = el('dl', {class: 'facts'});
  for (const [term, value] of pairs) {
    if (value === null || value === undefined || value === '') continue;
    list.append(el('div', {}, el('dt', {}, term), el('dd', {}, value)));
  }
  return list;
}

/// A table with a caption for those who hear it; `columns` are headings, `rows` arrays of cells.
export function table(caption, columns, rows) {
  return el('div', {class: 'table-frame', tabindex: '0', role: 'region', 'aria-label': caption},
    el('table', {},
      el('caption', {class: 'unseen'}, caption),
      el('thead', {}, el('tr', {}, columns.map((column) => el('th', {scope: 'col'}, column)))),
      el('tbody', {}, rows.map((row) => el('tr', {}, row.map((cell) => el('td', {}, cell)))))));
}

export function section(title, ...children) {
  return el('section', {class: 'block'}, el('h3', {}, title), children);
}

export function button(label, action, attributes = {}) {
  return el('button', {type: 'button', ...attributes, on: {click: action}}, label);
}

/// A sentence in place of content.
export function hint(...text) {
  return el('p', {class: 'hint'}, text);
}
