// SPDX-License-Identifier: Apache-2.0
// How values are shown: times of this browser's zone, durations, and the sentences behind the API's words.
import {el} from './dom.js';

const clock = new Intl.DateTimeFormat('en-GB', {hour: '2-digit', minute: '2-digit', second: '2-digit'});
const day_and_clock = new Intl.DateTimeFormat('en-GB', {
  day: '2-digit', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit'});
const minutes = new Intl.DateTimeFormat('en-GB', {hour: '2-digit', minute: '2-digit'});
const day_and_minutes = new Intl.DateTimeFormat('en-GB', {day: '2-digit', month: 'short', hour: '2-digit', minute: '2-digit'});
const full = new Intl.DateTimeFormat('en-GB', {dateStyle: 'medium', timeStyle: 'long'});

export function timeText(iso) {
  const at = new Date(iso);
  const today = new Date().toDateString() === at.toDateString();
  return (today ? clock : day_and_clock).format(at).replace(',', '');
}

/// For axes.
export function minuteText(at, with_day) {
  return (with_day ? day_and_minutes : minutes).format(at).replace(',', '');
}

/// A <time> that shows the short form and tells the exact one.
export function time(iso) {
  if (!iso) return null;
  return el('time', {datetime: iso, title: `${full.format(new Date(iso))} \u00b7 ${iso}`}, timeText(iso));
}

export function fullTime(iso) {
  return iso ? el('time', {datetime: iso, title: iso}, full.format(new Date(iso))) : null;
}

export function duration(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86400)} d ${Math.round((seconds % 86400) / 3600)} h`;
}

/// "in 3 s", "4 min 2 s ago".
export function relative(iso) {
  const ms = new Date(iso) - Date.now();
  return ms > 0 ? `in ${duration(ms)}` : `${duration(-ms)} ago`;
}

export function bytes(count) {
  if (count < 1024) return `${count} B`;
  if (count < 1024 * 1024) return `${(count / 1024).toFixed(1)} KiB`;
  return `${(count / 1024 / 1024).toFixed(1)} MiB`;
}

export function plural(count, one, many = `${one}s`) {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

export const OUTCOMES = {
  matched: 'at least one Warehouse takes it',
  unmatched: 'no Warehouse takes any of its artifacts',
  ignored: 'it says something that refreshes nothing',
  ping: 'the registry tried the webhook',
  duplicate: 'the sender repeated a delivery that was already recorded',
  unrecognised: 'authentic, but of a shape the adapter does not know',
  malformed: 'authentic, but not the format the sender should use',
  unauthenticated: 'the credential is missing or wrong',
};

export const STATES = {
  scheduled: 'waiting until it is due',
  running: 'an attempt is being made',
  succeeded: 'the Warehouse was refreshed',
  exhausted: 'given up',
  cancelled: 'ended without success, on purpose',
};

export const REASONS = {
  max_age: 'it was not done within the longest time allowed',
  max_attempts: 'the allowed number of attempts was used up',
  rejected: 'the target refused it for good',
  target_gone: 'the target says that it is gone',
  operator: 'an operator cancelled it',
  warehouse_removed: 'its Warehouse is no longer configured',
};

export const ACTIONS = ['push', 'delete', 'pull', 'scan', 'build', 'mirror', 'replication', 'retention', 'expiry', 'quota',
  'promote', 'ping', 'other'];

/// A coloured word; its meaning is the title.
export function badge(word, meaning = OUTCOMES[word] ?? STATES[word] ?? '') {
  return el('span', {class: `badge is-${word}`, title: meaning || null}, word);
}

export function projectName(project, name) {
  return project ? `${project}/${name}` : name;
}

/// Length of a digest that people compare by eye.
const SHORT_DIGEST = 19;

export function artifactText(artifact) {
  const at = artifact.digest ? `@${artifact.digest.slice(0, SHORT_DIGEST)}` : '';
  return artifact.repository + (artifact.tag ? `:${artifact.tag}` : at);
}

export function artifactsText(artifacts) {
  if (artifacts.length === 0) return '';
  const more = artifacts.length > 1 ? ` +${artifacts.length - 1}` : '';
  return artifactText(artifacts[0]) + more;
}
