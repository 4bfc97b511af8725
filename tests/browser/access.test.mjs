// SPDX-License-Identifier: Apache-2.0
// Who may come in, and what a token that may only read can do.
import assert from 'node:assert/strict';
import {after, before, describe, it} from 'node:test';

import {Landfall, Target, launch, newToken, open, quayPush, resources, screenshot, violations} from './support.mjs';

const entries = (...tokens) => tokens.map(({name, scope, sha256}) => `{name: ${name}, scope: ${scope}, sha256: "${sha256}"}`);

describe('access by token', () => {
  const operator = {name: 'op', scope: 'operate', ...newToken()};
  const reader = {name: 'eye', scope: 'read', ...newToken()};
  let target;
  let server;
  let browser;

  before(async () => {
    target = await new Target().start();
    server = await new Landfall({manifests: resources(target.url), tokens: entries(operator, reader), token: operator.token}).start();
    browser = await launch();
  });

  after(async () => {
    await browser?.close();
    await server?.remove();
    target?.stop();
  });

  async function login(page, token) {
    await page.getByLabel('Token', {exact: true}).fill(token);
    await page.getByRole('button', {name: 'Log in'}).click();
  }

  it('asks for a token, refuses a wrong one in a sentence, and takes the right one', async () => {
    const page = await open(browser, server.origin);
    await page.getByText('This server asks for an API token.').waitFor();
    assert.deepEqual(await violations(page), []);
    await screenshot(page, 'login');

    await login(page, 'wrong');
    await page.getByText('The server does not know this token.').waitFor();
    await login(page, 'w\u00f6rse');
    await page.getByText('only ASCII characters').waitFor();
    await login(page, operator.token);

    await page.locator('.lamp.is-live').waitFor();
    assert.equal(await page.locator('header .who').textContent(), 'op');
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });

  it('keeps the token over a reload of the page, in this tab only, until the logout', async () => {
    const page = await open(browser, server.origin);
    await login(page, operator.token);
    await page.locator('.lamp.is-live').waitFor();

    await page.reload();
    await page.locator('.lamp.is-live').waitFor();
    const other_tab = await page.context().newPage();
    await other_tab.goto(server.origin);
    await other_tab.getByText('This server asks for an API token.').waitFor();
    assert.equal(await page.evaluate(() => JSON.stringify(localStorage)), '{}');

    await page.getByRole('button', {name: 'Log out'}).click();
    await page.getByText('You are logged out.').waitFor();
    await page.reload();
    await page.getByText('This server asks for an API token.').waitFor();
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);
    await page.context().close();
  });

  it('disables what a token of scope read may not do, and hides URLs that are credentials', async () => {
    const page = await open(browser, `${server.origin}/?view=warehouses`);
    await login(page, reader.token);

    const refresh = page.getByRole('button', {name: 'Refresh now: shop/api', exact: true});
    await refresh.waitFor();
    assert.equal(await refresh.isDisabled(), true);
    await page.getByText('read only').waitFor();
    await page.getByRole('link', {name: 'Receivers'}).click();
    const card = page.locator('.card', {hasText: 'shop/quay-prod'});
    await card.waitFor();
    assert.match(await card.locator('code').textContent(), /\*{8}$/u);
    assert.equal(await card.getByRole('button', {name: /Copy/u}).count(), 0);
    assert.equal(await card.getByRole('button', {name: /Send a sample/u}).isDisabled(), true);
    assert.deepEqual(await violations(page), []);
    await screenshot(page, 'read-only');
    await page.context().close();
  });

  it('lets a token of scope read explain a payload, which changes nothing', async () => {
    const page = await open(browser, `${server.origin}/?view=receivers`);
    await login(page, reader.token);

    await page.getByRole('button', {name: 'Explain a payload\u2026 to shop/quay-prod'}).click();
    await page.getByLabel('Payload', {exact: true}).fill(quayPush('quay.io/shop/api', '1.5.0'));
    await page.getByRole('dialog').getByRole('button', {name: 'Explain'}).click();

    await page.getByRole('dialog').locator('.explain-list li.matched', {hasText: 'shop/api'}).waitFor();
    assert.equal((await server.api('GET', 'events')).json.items.length, 0);
    await page.context().close();
  });

  it('asks again, with the reason, when the token stops being valid', async () => {
    const page = await open(browser, server.origin);
    await login(page, operator.token);
    await page.locator('.lamp.is-live').waitFor();
    const next = {name: 'op', scope: 'operate', ...newToken()};

    await server.change({tokens: entries(next, reader)});
    const answer = await server.api('POST', 'reload');
    // The watcher may have been first; then the old token is refused already.
    assert.ok(answer.status === 200 || answer.status === 401, String(answer.status));
    await page.getByRole('link', {name: 'Receivers'}).click();

    await page.locator('.login-form .notice', {hasText: 'The token is not valid, or no longer.'}).waitFor();
    await screenshot(page, 'expired-token');
    await login(page, next.token);
    await page.locator('.card', {hasText: 'shop/quay-prod'}).waitFor();
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });
});
