// SPDX-License-Identifier: Apache-2.0
// The live stream (server-sent events) by fetch(), because EventSource cannot send a token.
import {ApiError, request} from './api.js';

const SILENCE_MS = 40_000;  // heartbeats come every 15 s: silence longer than this is a dead connection
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;

/// Splits a byte stream into messages {type, data, id}, as the HTML standard parses an event stream.
export class MessageParser {
  #decoder = new TextDecoder();
  #rest = '';
  #fields = {type: '', data: [], id: undefined};

  /// The messages that `bytes` completes.
  push(bytes) {
    this.#rest += this.#decoder.decode(bytes, {stream: true});
    const lines = this.#rest.split(/\r\n|\n|\r(?!$)/u);
    this.#rest = lines.pop();
    const messages = [];
    for (const line of lines) {
      if (line === '') {
        const {type, data, id} = this.#fields;
        if (data.length > 0 || id !== undefined) messages.push({type: type || 'message', data: data.join('\n'), id});
        this.#fields = {type: '', data: [], id: undefined};
      } else if (!line.startsWith(':')) {
        this.#field(line);
      }
    }
    return messages;
  }

  #field(line) {
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /u, '');
    if (name === 'event') this.#fields.type = value;
    else if (name === 'data') this.#fields.data.push(value);
    else if (name === 'id') this.#fields.id = value;
  }
}

/// One connection at a time, made again for ever. Calls back:
/// status('connecting' | 'live' | 'reconnecting'); message(type, data); began(first) when messages come from now on and
/// what happened before has to be read from the lists; resumed() when it goes on behind the last message instead.
export class LiveStream {
  #calls;
  #query = null;
  #cursor = null;
  #abort = null;
  #wake = null;
  #was_live = false;

  constructor(calls) {
    this.#calls = calls;
    addEventListener('online', () => this.retryNow());
    document.addEventListener('visibilitychange', () => document.hidden || this.retryNow());
  }

  /// Follows with other parameters, from now on.
  follow(query) {
    if (this.#query !== null && JSON.stringify(query) === JSON.stringify(this.#query)) return;
    this.stop();
    this.#query = query;
    this.#cursor = null;
    this.#was_live = false;
    const abort = new AbortController();
    this.#abort = abort;
    this.#run(abort.signal);
  }

  stop() {
    this.#abort?.abort();
    this.#abort = null;
    this.#query = null;
    this.retryNow();
  }

  /// Ends a wait between two tries.
  retryNow() {
    this.#wake?.();
  }

  async #run(signal) {
    let wait = FIRST_WAIT_MS;
    while (!signal.aborted) {
      this.#calls.status(this.#was_live ? 'reconnecting' : 'connecting');
      try {
        await this.#connection(signal, () => { wait = FIRST_WAIT_MS; });
      } catch (failure) {
        if (signal.aborted) return;
        if (failure instanceof ApiError && failure.status === 401) return;  // the login starts it again
        if (failure instanceof ApiError && failure.status === 400 && this.#cursor !== null) this.#cursor = null;
        else if (failure instanceof ApiError && failure.status >= 400 && failure.status < 500) wait = LONGEST_WAIT_MS;
      }
      if (signal.aborted) return;
      this.#calls.status('reconnecting');
      await this.#pause(wait * (0.75 + Math.random() / 2));
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    }
  }

  async #connection(outer, connected) {
    const own = new AbortController();
    const end = () => own.abort();
    outer.addEventListener('abort', end);
    let watchdog = setTimeout(end, SILENCE_MS);
    try {
      const resumes = this.#cursor !== null;
      const headers = {Accept: 'text/event-stream', ...(resumes ? {'Last-Event-ID': this.#cursor} : {})};
      const response = await request('GET', 'events/stream', {query: this.#query, headers, signal: own.signal});
      connected();
      if (resumes) this.#calls.resumed();
      this.#calls.status('live');
      const parser = new MessageParser();
      const reader = response.body.getReader();
      for (;;) {
        const {done, value} = await reader.read();
        if (done) return;
        clearTimeout(watchdog);
        watchdog = setTimeout(end, SILENCE_MS);
        for (const message of parser.push(value)) {
          this.#take(message);
          if (message.type !== 'hello') continue;
          if (!resumes) this.#calls.began(!this.#was_live);
          this.#was_live = true;
        }
      }
    } finally {
      clearTimeout(watchdog);
      outer.removeEventListener('abort', end);
      own.abort();
    }
  }

  #take({type, data, id}) {
    if (id !== undefined) this.#cursor = id;
    if (type !== 'event' && type !== 'delivery') return;
    this.#calls.message(type, JSON.parse(data));
  }

  #pause(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
