// SPDX-License-Identifier: Apache-2.0
// The filter bar of a list. What is set stands in the page's address, so it can be shared and the Back button works.
import {button, el, fill} from './dom.js';

function choice(field, value) {
  return el('select', {id: `filter-${field.name}`, name: field.name},
    el('option', {value: ''}, field.any ?? 'any'),
    field.choices.map((word) => el('option', {value: word, selected: word === value}, word)));
}

/// datetime-local speaks the browser's zone, the API UTC.
function toLocal(iso) {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return '';
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function input(field, value) {
  const attributes = {id: `filter-${field.name}`, name: field.name, autocomplete: 'off', spellcheck: 'false'};
  if (field.time) return el('input', {...attributes, type: 'datetime-local', value: value ? toLocal(value) : ''});
  return el('input', {...attributes, type: 'text', placeholder: field.placeholder, value: value ?? ''});
}

function valueOf(field, form) {
  const value = form.elements[field.name].value.trim();
  if (!field.time || value === '') return value;
  return new Date(value).toISOString();
}

/// `fields`: [{name, label, choices | time | placeholder, more: true when it stands behind "More"}].
export function filterBar(fields, params, apply) {
  const control = (field) => el('div', {class: `field ${field.wide ? 'wide' : ''}`},
    el('label', {for: `filter-${field.name}`}, field.label),
    field.choices ? choice(field, params[field.name]) : input(field, params[field.name]));
  const more = fields.filter((field) => field.more);
  const used = more.filter((field) => params[field.name]).length;
  const form = el('form', {class: 'filters', role: 'search', 'aria-label': 'Filters'},
    fields.filter((field) => !field.more).map(control),
    more.length > 0 && el('details', {class: 'more-filters', open: used > 0},
      el('summary', {}, used > 0 ? `More (${used})` : 'More'), el('div', {class: 'more-fields'}, more.map(control))),
    el('div', {class: 'actions'}, el('button', {type: 'submit', class: 'primary'}, 'Filter'),
      fields.some((field) => params[field.name]) &&
        button('Clear', () => apply(Object.fromEntries(fields.map((field) => [field.name, ''])))), ));
  const submit = () => apply(Object.fromEntries(fields.map((field) => [field.name, valueOf(field, form)])));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    submit();
  });
  form.addEventListener('change', (event) => {
    if (event.target.tagName === 'SELECT') submit();
  });
  return form;
}

/// Suggestions for a text filter, from what is configured.
export function suggest(form, name, words) {
  const box = form.elements[name];
  if (!box || words.length === 0) return;
  const list = el('datalist', {id: `words-${name}`});
  fill(list, [...new Set(words)].slice(0, 500).map((word) => el('option', {value: word})));
  form.append(list);
  box.setAttribute('list', list.id);
}
