// SPDX-License-Identifier: Apache-2.0
// Calls of the admin API. Relative to the page, so that a proxy may put both below a path of its own.

const ROOT = new URL('api/v1/', new URL('.', location.href));
const KEY = 'landfall.token';

/// A call that did not do what it should. `status` 0: no answer at all.
export class ApiError extends Error {
  constructor(status, detail, body = null) {
    super(detail);
    this.status = status;
    this.body = body;
  }
}

/// What a person is told about it.
export function sentence(error) {
  if (!(error instanceof ApiError)) return `The page made a mistake: ${error.message}`;
  const detail = error.message ? `: ${error.message}` : '';
  switch (error.status) {
    case 0: return 'The server does not answer. It may be restarting; try again.';
    case 401: return 'The token is no longer valid.';
    case 403: return `Not allowed${detail}.`;
    case 404: return `Not there${detail}.`;
    case 409: return `Not possible now${detail}.`;
    case 503: return `The server cannot do this at the moment${detail}.`;
    default: return `Refused (${error.status})${detail}.`;
  }
}

let memory_token = null;
const stored = (use) => {
  try {
    return use(sessionStorage);
  } catch {
    return null;  // storage is forbidden: the token lives as long as the page
  }
};

export function token() {
  return memory_token ?? stored((storage) => storage.getItem(KEY));
}

export function keepToken(value) {
  memory_token = value;
  stored((storage) => (value === null ? storage.removeItem(KEY) : storage.setItem(KEY, value)));
}

const refusals = new EventTarget();

/// Calls `listener` whenever the API no longer accepts the token that a call was made with.
export function onRefused(listener) {
  refusals.addEventListener('refused', listener);
}

export function address(path, query = {}) {
  const url = new URL(path, ROOT);
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') url.searchParams.set(name, value);
  }
  return url;
}

async function errorOf(response) {
  const text = await response.text().catch(() => '');
  try {
    const problem = JSON.parse(text);
    return new ApiError(response.status, problem.detail ?? problem.title ?? '', problem);
  } catch {
    return new ApiError(response.status, response.statusText);
  }
}

/// The answer, when it is a good one; throws ApiError otherwise.
export async function request(method, path, {query, json, body, headers = {}, signal} = {}) {
  const used = token();
  const sent = {...headers};
  if (used) sent.Authorization = `Bearer ${used}`;
  if (json !== undefined) sent['Content-Type'] = 'application/json';
  let response;
  try {
    response = await fetch(address(path, query), {
      method, headers: sent, body: json === undefined ? body : JSON.stringify(json), signal, cache: 'no-store',
      credentials: 'omit', redirect: 'error'});
  } catch (failure) {
    if (failure.name === 'AbortError') throw failure;
    throw new ApiError(0, '');
  }
  if (response.ok) return response;
  const error = await errorOf(response);
  // A call that was under way while somebody logged in again says nothing about the new token.
  if (response.status === 401 && used === token()) refusals.dispatchEvent(new Event('refused'));
  throw error;
}

export async function get(path, query, signal) {
  return (await request('GET', path, {query, signal})).json();
}

export async function post(path, json = undefined) {
  return (await request('POST', path, {json})).json();
}

/// All items of a short list, page by page, at most `most`.
export async function getAll(path, most = 5000) {
  const items = [];
  let cursor = null;
  do {
    const page = await get(path, {limit: 1000, cursor});
    items.push(...page.items);
    cursor = page.next;
  } while (cursor && items.length < most);
  return {items, more: cursor !== null};
}

/// One part of a path; "-" stands for the project of a cluster receiver.
export function part(text) {
  return encodeURIComponent(text ?? '-');
}
