// SPDX-License-Identifier: Apache-2.0
import {button, el} from './dom.js';
import {dialog, note} from './notes.js';

/// Copies `text`. Browsers give the clipboard only to pages of a secure origin; elsewhere the text is shown, selected.
export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    note(`${what} copied.`);
  } catch {
    const box = el('input', {type: 'text', readonly: true, value: text, class: 'mono full', 'aria-label': what});
    await dialog(`Copy ${what}`, (close) => {
      queueMicrotask(() => box.select());
      return [el('p', {}, 'This browser does not let the page copy. Press Ctrl+C.'), box,
        el('div', {class: 'actions end'}, button('Close', () => close(), {class: 'quiet'}))];
    });
  }
}

export function copyButton(text, what) {
  return button('Copy', () => copy(text, what), {class: 'small', 'aria-label': `Copy ${what}`});
}
