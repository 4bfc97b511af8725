// SPDX-License-Identifier: Apache-2.0
// What the page says unasked: a line that is heard, a note that is seen, a question that wants an answer.
import {button, el, fill} from './dom.js';

/// Said by screen readers when they are idle.
export function announce(text) {
  const line = document.getElementById('polite');
  if (line.textContent !== text) line.textContent = text;
}

const NOTE_MS = 8000;
const MOST_NOTES = 4;

/// Shown in the corner for a while and said aloud; errors stay until they are closed.
export function note(text, kind = 'good') {
  const notes = document.getElementById('notes');
  const close = () => one.remove();
  const one = el('div', {class: `note is-${kind}`, role: kind === 'bad' ? 'alert' : null},
    el('span', {}, text), button('\u00d7', close, {class: 'quiet', 'aria-label': 'Close this note'}));
  notes.append(one);
  while (notes.children.length > MOST_NOTES) notes.firstElementChild.remove();
  if (kind !== 'bad') {
    announce(text);
    setTimeout(close, NOTE_MS);
  }
}

/// A modal dialog around `content(close)`; resolves with what `close` is called with, undefined when it is dismissed.
export function dialog(title, content) {
  return new Promise((resolve) => {
    let answer;
    const box = el('dialog', {'aria-labelledby': 'dialog-title'});
    const close = (value) => {
      answer = value;
      box.close();
    };
    fill(box, el('h2', {id: 'dialog-title'}, title), content(close));
    box.addEventListener('close', () => {
      box.remove();
      resolve(answer);
    });
    document.body.append(box);
    box.showModal();
  });
}

/// True when the person agrees.
export async function confirmed(title, explanation, verb) {
  const answer = await dialog(title, (close) => [
    el('p', {}, explanation),
    el('div', {class: 'actions end'},
      button('Not now', () => close(false), {class: 'quiet'}),
      button(verb, () => close(true), {class: 'primary', autofocus: true})),
  ]);
  return answer === true;
}
