// SPDX-License-Identifier: Apache-2.0
// Every view: in both schemes, on a small screen, by keyboard, for a screen reader.
import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import {after, before, describe, it} from 'node:test';

import {Landfall, Target, launch, open, overflow, quayPush, resources, screenshot, until, violations} from './support.mjs';

const DESKTOP = {width: 1280, height: 800};
const PHONE = {width: 360, height: 740};

describe('every view', () => {
  let target;
  let server;
  let browser;
  let event;
  let delivery;
  let views;

  before(async () => {
    target = await new Target().start();
    server = await new Landfall({manifests: resources(target.url),
      settings: 'delivery: {minInterval: 50ms, backoff: {base: 100ms, cap: 200ms}, maxAttempts: 4, breaker: {failures: 1000}}'}).start();
    browser = await launch();
    for (let i = 0; i < 12; ++i) await server.push(quayPush('quay.io/shop/api', `1.${i}.0`));
    await server.push(quayPush('quay.io/shop/api', '2.0.0', '1.99.0'));
    await server.push(quayPush('quay.io/somewhere/with-a-very-long-name/that-does-not-fit/on-one-line-of-a-small-screen', 'latest'));
    await server.push('not json');
    await server.push('{"hello": "world"}');
    target.status = 500;
    event = (await server.push(quayPush('quay.io/shop/web', 'failing'))).json.event;
    delivery = await until(async () => (await server.api('GET', 'deliveries?state=exhausted')).json.items[0]?.id, 'a delivery is exhausted');
    views = ['events', `events&event=${event}`, 'deliveries', `deliveries&delivery=${delivery}`, 'overview', 'receivers', 'warehouses',
      'targets', 'plugins', 'configuration'];
  });

  after(async () => {
    await browser?.close();
    await server?.remove();
    target?.stop();
  });

  const nameOf = (view) => view.replace(/&.*/u, '-opened');

  async function settled(page) {
    await page.locator('.lamp.is-live').waitFor();
    await page.locator('main h2:visible').first().waitFor();
    await page.waitForFunction(() => !document.querySelector('main').textContent.includes('Loading\u2026'));
  }

  for (const scheme of ['light', 'dark']) {
    it(`pleases axe-core, ${scheme}`, async () => {
      for (const view of views) {
        const page = await open(browser, `${server.origin}/?view=${view}`, {scheme, viewport: DESKTOP});
        await settled(page);
        await screenshot(page, `${nameOf(view)}-${scheme}`);
        assert.deepEqual(await violations(page), [], view);
        assert.deepEqual(page.complaints, [], view);
        await page.context().close();
      }
    });
  }

  it('fits a screen 360 pixels wide, and pleases axe-core there', async () => {
    for (const view of views) {
      const page = await open(browser, `${server.origin}/?view=${view}`, {viewport: PHONE});
      await settled(page);
      await screenshot(page, `${nameOf(view)}-360`);
      assert.equal(await overflow(page), 0, view);
      const outside = await page.evaluate(() => [...document.querySelectorAll('main *')].filter((one) => {
        const box = one.getBoundingClientRect();
        return box.width > 0 && box.right > innerWidth + 1 && !one.closest('.table-frame, .unseen, .cell, svg, pre');
      }).map((one) => one.outerHTML.slice(0, 120)));
      assert.deepEqual(outside, [], view);
      assert.deepEqual(await violations(page), [], view);
      await page.context().close();
    }
  });

  it('leads everywhere from the small screen\u2019s menu', async () => {
    const page = await open(browser, server.origin, {viewport: PHONE});
    await settled(page);

    await page.getByRole('button', {name: 'Menu'}).click();
    await page.getByRole('link', {name: 'Warehouses'}).click();

    await page.getByRole('heading', {name: 'Warehouses'}).waitFor();
    assert.equal(await page.getByRole('button', {name: 'Menu'}).getAttribute('aria-expanded'), 'false');
    await page.context().close();
  });

  it('can be used by keyboard alone: skip link, list, event, back, another view', async () => {
    const page = await open(browser, server.origin);
    await settled(page);
    await page.locator('.rows .row').first().waitFor();
    const focused = () => page.evaluate(() => document.activeElement.textContent);
    const tabTo = (wanted) => until(async () => {
      await page.keyboard.press('Tab');
      return wanted.test(await focused());
    }, `the focus is on ${wanted}`);

    await page.keyboard.press('Tab');
    assert.equal(await focused(), 'Skip to the content');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'main');

    await until(async () => {
      await page.keyboard.press('Tab');
      return page.evaluate(() => document.activeElement.classList.contains('row-link'));
    }, 'the focus is in the list');
    assert.notEqual(await page.evaluate(() => getComputedStyle(document.activeElement, '::after').outlineStyle), 'none');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    const id = await page.evaluate(() => document.activeElement.closest('.row').dataset.id);
    await page.keyboard.press('Enter');
    await page.locator('.panel .lead').waitFor();
    assert.equal(new URL(page.url()).searchParams.get('event'), id);
    await page.waitForFunction(() => document.activeElement.matches('.panel h2'));

    await page.keyboard.press('Escape');
    await page.locator('.panel').waitFor({state: 'detached'});
    assert.equal(await page.evaluate(() => document.activeElement.closest('.row').dataset.id), id);

    await page.keyboard.press('/');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'filter-outcome');
    await page.locator('.skip').focus();
    await tabTo(/^Configuration$/u);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', {name: 'Configuration'}).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
    await page.context().close();
  });

  it('copies the URL of a receiver', async () => {
    const page = await open(browser, `${server.origin}/?view=receivers`, {permissions: ['clipboard-read', 'clipboard-write']});
    const card = page.locator('.card', {hasText: 'shop/quay-prod'});

    await card.getByRole('button', {name: 'Copy URL of shop/quay-prod'}).click();
    await page.locator('.note', {hasText: 'copied'}).waitFor();

    const {json} = await server.api('GET', 'receivers');
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), json.items.find((one) => one.name === 'quay-prod').url);
    await page.context().close();
  });

  it('shows the text to copy where the browser gives no clipboard', async () => {
    const page = await open(browser, `${server.origin}/?view=receivers`);
    await page.evaluate(() => { Object.defineProperty(navigator, 'clipboard', {value: undefined}); });

    await page.getByRole('button', {name: 'Copy URL of shop/hub'}).click();

    assert.match(await page.getByRole('dialog').getByRole('textbox').inputValue(), /\/dockerhub\/[0-9a-f]{64}$/u);
    await page.context().close();
  });

  it('sends a sample the whole way and leads to its event', async () => {
    const page = await open(browser, `${server.origin}/?view=receivers`);

    await page.getByRole('button', {name: 'Send a sample\u2026 to shop/harbor-corp'}).click();
    await page.getByRole('dialog').getByRole('button', {name: 'Send'}).click();
    await page.getByRole('dialog').getByRole('link', {name: 'Show the event'}).click();

    await page.locator('.panel dd', {hasText: 'shop/harbor-corp'}).waitFor();
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });

  it('refreshes a Warehouse now', async () => {
    target.status = 200;
    const page = await open(browser, `${server.origin}/?view=warehouses`);
    const calls = target.calls;

    await page.getByRole('button', {name: 'Refresh now: shop/api-next'}).click();

    await page.locator('.note', {hasText: 'due now'}).waitFor();
    await until(() => target.calls > calls, 'the target was called');
    await page.context().close();
  });

  it('finds a Warehouse by what it is subscribed to', async () => {
    const page = await open(browser, `${server.origin}/?view=warehouses`);
    await page.locator('.card').first().waitFor();

    await page.getByLabel('Find').fill('shop/WEB');

    assert.deepEqual(await page.locator('.card:visible h3').allTextContents(), ['shop/web']);
    await page.context().close();
  });

  it('reloads, tells what is wrong with place and reason, and what has changed', async () => {
    const page = await open(browser, `${server.origin}/?view=configuration`);
    const file = path.join(server.folder, 'resources/all.yaml');
    const reload = page.getByRole('button', {name: 'Reload now'});

    await writeFile(file, server.manifests.replace('^2.0.0', 'nonsense!'));
    await reload.click();
    await page.locator('.problem.is-error').first().waitFor();
    assert.match(await page.locator('.problem.is-error').first().textContent(), /all\.yaml:\d+/u);
    await page.locator('.note.is-bad').waitFor();
    await screenshot(page, 'configuration-error');
    assert.deepEqual(await violations(page), []);

    await writeFile(file, server.manifests.replace('name: web,', 'name: web-shop,'));
    await reload.click();
    await page.locator('.diff', {hasText: 'shop/web-shop'}).waitFor();
    // Nothing changed since: what changed last is still to be seen.
    const said = page.locator('.note', {hasText: 'Reloaded'}).last();
    const before = await said.textContent();
    await reload.click();
    await until(async () => await said.textContent() !== before, 'it has reloaded again');
    await page.locator('.diff', {hasText: 'shop/web-shop'}).waitFor();
    await writeFile(file, server.manifests);
    await page.context().close();
  });

  it('charts what came, with a table that says the same', async () => {
    const page = await open(browser, `${server.origin}/?view=overview`);
    await page.getByRole('img', {name: /Events by outcome/u}).waitFor();
    const {json} = await server.api('GET', 'stats');

    await page.getByText('The same as a table').click();

    const table = page.getByRole('region', {name: 'Events by outcome over time'});
    const column = (await table.locator('thead th').allTextContents()).indexOf('matched');
    const cells = await table.locator(`tbody td:nth-child(${column + 1})`).allTextContents();
    assert.equal(cells.reduce((sum, cell) => sum + Number(cell), 0), json.outcomes.matched);
    assert.ok(await page.locator('.chart .bar.is-matched').count() > 0);
    await page.context().close();
  });

  it('lets the person choose light or dark, and remembers it', async () => {
    const page = await open(browser, server.origin, {scheme: 'light'});
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground();

    await page.getByRole('button', {name: 'Theme: system'}).click();
    await page.getByRole('button', {name: 'Theme: light'}).click();
    const dark = await ground();
    await page.reload();
    await page.getByRole('button', {name: 'Theme: dark'}).waitFor();

    assert.notEqual(dark, light);
    assert.equal(await ground(), dark);
    await page.context().close();
  });

  it('tells a refusal in a sentence', async () => {
    const page = await open(browser, `${server.origin}/?view=events&event=01940000-0000-7000-8000-000000000000`);
    await page.getByText('Not there').waitFor();
    await page.goto(`${server.origin}/?view=events&outcome=matched&since=nonsense`);
    await page.getByText('Refused (400)').waitFor();
    await page.context().close();
  });
});
