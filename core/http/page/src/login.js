// SPDX-License-Identifier: Apache-2.0
import {ApiError, get, keepToken, sentence} from './api.js';
import {button, el, fill} from './dom.js';
import {themeButton} from './theme_button.js';

/// What a header can carry (RFC 6750 allows less); anything else could not even be sent.
const SENDABLE = /^[\x21-\x7e]+$/u;

/// Asks for a token; `done` is called when the API knows it.
export function loginForm(why, done) {
  const field = el('input', {type: 'password', id: 'token', name: 'token', autocomplete: 'current-password', required: true,
    spellcheck: 'false', 'aria-describedby': 'token-says'});
  const says = el('p', {id: 'token-says', class: why ? 'notice' : 'hint', role: 'alert'}, why);
  const submit = el('button', {type: 'submit', class: 'primary'}, 'Log in');
  const refuse = (text) => {
    says.className = 'notice bad';
    fill(says, text);
    field.setAttribute('aria-invalid', 'true');
    field.select();
  };
  const show = button('Show', () => {
    field.type = field.type === 'password' ? 'text' : 'password';
    fill(show, field.type === 'password' ? 'Show' : 'Hide');
  }, {class: 'quiet', 'aria-label': 'Show or hide the token'});
  const form = el('form', {class: 'login-form'},
    el('h1', {}, 'Landfall'), el('p', {}, 'This server asks for an API token.'),
    el('div', {class: 'field'}, el('label', {for: 'token'}, 'Token'), el('div', {class: 'line'}, field, show)),
    says, el('div', {class: 'actions'}, submit, themeButton()),
    el('p', {class: 'hint'}, 'It is kept in this tab only, until it is closed or you log out.'));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const token = field.value.trim();
    if (!SENDABLE.test(token)) return refuse('A token has no spaces and only ASCII characters.');
    submit.disabled = true;
    keepToken(token);
    try {
      await get('access');
      done();
    } catch (failure) {
      keepToken(null);
      submit.disabled = false;
      refuse(failure instanceof ApiError && failure.status === 401 ? 'The server does not know this token.' : sentence(failure));
    }
  });
  queueMicrotask(() => field.focus());
  return el('main', {id: 'main', class: 'login', tabindex: '-1'}, form);
}
