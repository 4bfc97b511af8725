// SPDX-License-Identifier: Apache-2.0
// The real binary, a target that it refreshes, and a real browser.
import {spawn} from 'node:child_process';
import {createHash, randomBytes} from 'node:crypto';

import {mkdir, mkdtemp, rename, rm, writeFile} from 'node:fs/promises';
import {createServer} from 'node:http';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

import axe from 'axe-core';
import {chromium} from 'playwright-core';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const BUILD = path.resolve(process.env.LANDFALL_BINARY_DIR ?? path.join(ROOT, 'build/dev'));
const SCREENSHOTS = path.join(ROOT, 'build/screenshots');
const PATIENCE_MS = 15_000;

/// Waits until `condition` gives something true, and gives that.
export async function until(condition, what) {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const result = await condition();
    if (result) return result;
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/// Answers every refresh with `status`, which may be changed at any time.
export class Target {
  status = 200;
  calls = 0;
  #server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      this.calls += 1;
      response.writeHead(this.status, {'Content-Type': 'text/plain'});
      response.end(this.status === 200 ? 'ok' : 'no\u001b[31m <b>luck</b>');
    });
  });

  async start() {
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${this.#server.address().port}/refresh`;
    return this;
  }

  stop() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

export function newToken() {
  const token = randomBytes(24).toString('hex');
  return {token, sha256: createHash('sha256').update(token).digest('hex')};
}

/// One project "shop": receivers of three adapters, a Warehouse that takes shop/api, one whose constraint leaves most.
export function resources(target_url) {
  const warehouse = (name, repository, more) => `---
apiVersion: kargo.akuity.io/v1alpha1
kind: Warehouse
metadata: {name: ${name}, namespace: shop}
spec:
  subscriptions:
  - image: {repoURL: ${repository}${more}}
  refresh: {http: {url: "${target_url}"}}
`;
  return `apiVersion: v1
kind: Secret
metadata: {name: quay-secret, namespace: shop}
stringData: {secret: a-long-random-value-0123}
---
apiVersion: v1
kind: Secret
metadata: {name: harbor-secret, namespace: shop}
stringData: {auth-header: Bearer a-long-random-value-4567}
---
apiVersion: kargo.akuity.io/v1alpha1
kind: ProjectConfig
metadata: {name: shop, namespace: shop}
spec:
  webhookReceivers:
  - {name: quay-prod, quay: {secretRef: {name: quay-secret}}}
  - {name: hub, dockerhub: {secretRef: {name: quay-secret}}}
  - {name: harbor-corp, harbor: {secretRef: {name: harbor-secret}}}
${warehouse('api', 'quay.io/shop/api', ', constraint: ^1.0.0')}${warehouse('api-next', 'quay.io/shop/api', ', constraint: ^2.0.0')}${
  warehouse('web', 'quay.io/shop/web', ', imageSelectionStrategy: NewestBuild')}`;
}

/// The body of a push as quay.io sends it.
export function quayPush(repository, ...tags) {
  return JSON.stringify({name: repository.split('/').at(-1), repository: repository.split('/').slice(1).join('/'),
    namespace: repository.split('/')[1], docker_url: repository, homepage: `https://${repository}`, updated_tags: tags});
}

/// A landfall of its own: folder, database, ports.
export class Landfall {
  #process = null;
  #settings;
  #tokens;
  #log = '';
  #ports = {webhooks: 0, admin: 0};
  #configured = this.#ports;

  constructor({manifests, settings = '', tokens = [], token}) {
    this.manifests = manifests;
    this.#settings = settings;
    this.#tokens = tokens;
    this.token = token;
  }

  get webhookPort() {
    return this.#ports.webhooks;
  }

  /// Of the page and the API.
  get origin() {
    return `http://127.0.0.1:${this.#ports.admin}`;
  }

  async start() {
    this.folder ??= await mkdtemp(path.join(tmpdir(), 'landfall-browser-'));
    // Any free ports at first, the same ones after a restart: who looks at the page finds the same server again.
    this.#configured = {...this.#ports};
    await this.#write();
    this.#log = '';
    this.#process = spawn(path.join(BUILD, 'bin/landfall'), ['serve', '--config', path.join(this.folder, 'landfall.yaml')],
      {stdio: ['ignore', 'ignore', 'pipe']});
    this.#process.stderr.on('data', (bytes) => { this.#log += bytes; });
    const line = await until(() => {
      if (this.#process.exitCode !== null) throw new Error(`landfall ended:\n${this.#log}`);
      return /daemon: ready.*\n/u.exec(this.#log)?.[0];
    }, `landfall is ready; its log:\n${this.#log}`);
    for (const name of Object.keys(this.#ports)) {
      this.#ports[name] = Number(new RegExp(`${name}=https?://[^ ]*:(\\d+)`, 'u').exec(line)[1]);
    }
    return this;
  }

  async stop() {
    if (this.#process === null || this.#process.exitCode !== null) return;
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGTERM');
    await ended;
  }

  async remove() {
    await this.stop();
    await rm(this.folder, {recursive: true, force: true});
  }

  /// Other settings, taken at the next reload or start.
  async change({settings = this.#settings, tokens = this.#tokens}) {
    this.#settings = settings;
    this.#tokens = tokens;
    await this.#write();
  }

  async #write() {
    const next = path.join(this.folder, 'next');
    await mkdir(path.join(this.folder, 'resources'), {recursive: true});
    await writeFile(next, this.manifests);
    await rename(next, path.join(this.folder, 'resources/all.yaml'));
    await writeFile(next, `webhooks: {listen: 127.0.0.1:${this.#configured.webhooks}}
storage: {url: "sqlite:landfall.db"}
plugins: {folders: ["${path.join(BUILD, 'plugins')}"]}
resources: {folders: [resources], watch: false}
refreshers: {http: {allowedNetworks: [127.0.0.0/8]}}
admin: {listen: 127.0.0.1:${this.#configured.admin}, tokens: [${this.#tokens.join(', ')}]}
${this.#settings}
`);
    await rename(next, path.join(this.folder, 'landfall.yaml'));
  }

  async api(method, resource, {token = this.token, body} = {}) {
    const response = await fetch(`${this.origin}/api/v1/${resource}`, {method, body: body && JSON.stringify(body),
      headers: {...(token ? {Authorization: `Bearer ${token}`} : {}), ...(body ? {'Content-Type': 'application/json'} : {})}});
    return {status: response.status, json: await response.json().catch(() => null)};
  }

  /// What a registry would send; answers what Landfall answered.
  async push(body, {receiver = 'quay-prod', headers = {}} = {}) {
    const listed = await this.api('GET', 'receivers?limit=100');
    const found = listed.json.items.find((one) => one.name === receiver);
    const response = await fetch(`http://127.0.0.1:${this.webhookPort}${found.path}`,
      {method: 'POST', body, headers: {'Content-Type': 'application/json', ...headers}});
    return {status: response.status, json: await response.json().catch(() => null)};
  }
}

export async function launch() {
  const browser = await chromium.launch({executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync']});
  return browser;
}

/// A page that fails the test when it logs an error or breaks its own Content-Security-Policy.
export async function open(browser, url, {viewport = {width: 1280, height: 800}, scheme = 'light', permissions = []} = {}) {
  const context = await browser.newContext({viewport, colorScheme: scheme, permissions, reducedMotion: 'reduce'});
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  page.on('console', (message) => {
    // The browser itself logs every refused or broken request; those are the page's to handle and are looked at elsewhere.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) page.complaints.push(message.text());
  });
  await page.goto(url);
  return page;
}

export async function screenshot(page, name) {
  await mkdir(SCREENSHOTS, {recursive: true});
  await page.screenshot({path: path.join(SCREENSHOTS, `${name}.png`)});
}

/// What axe-core finds, in words.
export async function violations(page) {
  // Run in the page's own world by the browser's debugger: the page's policy lets no script in, and shall not.
  await page.evaluate(axe.source);
  const result = await page.evaluate(() => globalThis.axe.run(document, {resultTypes: ['violations']}));
  return result.violations.flatMap((one) => one.nodes.map((node) => `${one.id}: ${one.help}: ${node.target.join(' ')} ${node.failureSummary}`));
}

/// How many pixels the page is wider than the window.
export function overflow(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

