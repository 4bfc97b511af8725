// SPDX-License-Identifier: Apache-2.0
// What an operator watches: events arriving, one of them opened, its deliveries brought to an end.
import assert from 'node:assert/strict';
import {after, before, describe, it} from 'node:test';

import {Landfall, Target, launch, open, quayPush, resources, screenshot, until} from './support.mjs';

const ESCAPES = 'evil\u001b[31m<img src=x onerror=globalThis.broken=1>\u202etxt';

describe('the history', () => {
  let target;
  let server;
  let browser;
  let page;

  before(async () => {
    target = await new Target().start();
    server = await new Landfall({manifests: resources(target.url),
      settings: 'delivery: {minInterval: 50ms, backoff: {base: 200ms, cap: 1s}, maxAttempts: 2, breaker: {failures: 1000}}'}).start();
    browser = await launch();
  });

  after(async () => {
    await browser?.close();
    await server?.remove();
    target?.stop();
  });

  async function at(search, options) {
    await page?.context().close();
    page = await open(browser, `${server.origin}/${search}`, options);
    await page.locator('.lamp.is-live').waitFor();
    return page;
  }

  /// The row of an event or a delivery in the list.
  const row = (id) => page.locator(`[data-id="${id}"]`);

  const clean = () => assert.deepEqual(page.complaints, []);

  it('shows a push without reloading, and its delivery turn green', async () => {
    await at('');
    await page.evaluate(() => { globalThis.same_page = true; });

    const {json} = await server.push(quayPush('quay.io/shop/api', '1.0.1'));

    await row(json.event).locator('.badge.is-matched').waitFor();
    await row(json.event).locator('.badge.is-succeeded').waitFor();
    assert.match(await row(json.event).textContent(), /quay\.io\/shop\/api:1\.0\.1/u);
    assert.equal(await page.evaluate(() => globalThis.same_page), true);
    clean();
  });

  it('says politely that it is live', async () => {
    await at('');

    assert.equal(await page.locator('header .status').textContent(), 'Live');
    assert.equal(await page.locator('#polite').getAttribute('aria-live'), 'polite');
  });

  it('filters, keeps the filter in the address, and goes back', async () => {
    const matched = (await server.push(quayPush('quay.io/shop/api', '1.0.2'))).json.event;
    const unmatched = (await server.push(quayPush('quay.io/other/thing', '9'))).json.event;
    await at('');
    await row(unmatched).waitFor();

    await page.getByLabel('Outcome').selectOption('unmatched');
    await row(matched).waitFor({state: 'detached'});
    await row(unmatched).waitFor();
    assert.equal(new URL(page.url()).searchParams.get('outcome'), 'unmatched');

    await page.goBack();
    await row(matched).waitFor();
    clean();
  });

  it('opens an address that somebody shared, filter and event and all', async () => {
    const id = (await server.push(quayPush('quay.io/other/thing', '10'))).json.event;

    await at(`?outcome=unmatched&repository=quay.io/other/thing&event=${id}`);

    await page.getByRole('heading', {name: 'quay.io/other/thing:10'}).waitFor();
    assert.equal(await page.getByLabel('Repository').inputValue(), 'quay.io/other/thing');
    assert.equal(await page.locator('.rows .row:not(:has-text("quay.io/other/thing"))').count(), 0);
  });

  it('lets only what fits the filter in live', async () => {
    await at('?outcome=unmatched');
    const matched = (await server.push(quayPush('quay.io/shop/api', '1.0.3'))).json.event;
    const unmatched = (await server.push(quayPush('quay.io/other/thing', '11'))).json.event;

    await row(unmatched).waitFor();

    assert.equal(await row(matched).count(), 0);
  });

  it('shows one event with what it said, what it set off and why', async () => {
    const id = (await server.push(quayPush('quay.io/shop/api', '1.0.4'))).json.event;
    await at('');

    await row(id).click();
    const panel = page.locator('.panel');
    await panel.locator('.explain-list li.matched').waitFor();
    await panel.locator('pre.body').waitFor();

    const text = await panel.textContent();
    assert.match(text, /at least one Warehouse takes it/u);
    assert.match(await panel.locator('.explain-list li.matched').first().textContent(), /shop\/api/u);
    assert.match(await panel.locator('.explain-list li.unmatched', {hasText: 'shop/api-next'}).textContent(), /leaves it/u);
    assert.match(await panel.locator('pre.body').textContent(), /\{\n {2}"name": "api",\n/u);
    await screenshot(page, 'event');
    clean();
  });

  it('shows HTML and escape sequences of a payload as text', async () => {
    const id = (await server.push(quayPush(`quay.io/shop/${ESCAPES}`, 'la<b>test'))).json.event;
    await at('');

    await row(id).click();
    await page.locator('.panel pre.body').waitFor();

    const body = await page.locator('.panel pre.body').textContent();
    assert.ok(body.includes('<img src=x onerror=globalThis.broken=1>'));
    const heading = await page.locator('.panel h2').textContent();
    assert.ok(heading.includes('\\x1b[31m<img src=x'), heading);
    assert.ok(heading.includes('\\u202e'), heading);
    assert.equal(await page.locator('#app img, #app b').count(), 0);
    assert.equal(await page.evaluate(() => globalThis.broken), undefined);
    assert.equal(await page.evaluate(() => /[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e]/u.test(document.body.textContent)), false);
    await screenshot(page, 'hostile-payload');
    clean();
  });

  it('shows a body that is no JSON as it came', async () => {
    await server.push('not <json>\u0000');
    await at('?outcome=malformed');

    await page.locator('.rows .row').first().click();
    await page.locator('.panel pre.body').waitFor();

    assert.equal(await page.locator('.panel pre.body').textContent(), 'not <json>\\x00');
  });

  it('keeps the digits of numbers and repeated keys of a body', async () => {
    const id = (await server.push('{"n": 12345678901234567890.10, "n": 1e400, "": [], "deep": {"a": [1, {}]}}')).json.event;
    await at(`?event=${id}`);
    await page.locator('.panel pre.body').waitFor();

    assert.equal(await page.locator('.panel pre.body').textContent(),
      '{\n  "n": 12345678901234567890.10,\n  "n": 1e400,\n  "": [],\n  "deep": {\n    "a": [\n      1,\n      {}\n    ]\n  }\n}');
  });

  it('retries a failed delivery until it is green', async () => {
    target.status = 500;
    const id = (await server.push(quayPush('quay.io/shop/web', 'failing'))).json.event;
    await at(`?event=${id}`);
    await page.locator('.panel .badge.is-exhausted').waitFor();

    await page.locator('.panel').getByRole('link', {name: 'shop/web'}).click();
    await page.locator('.panel .badge.is-exhausted').waitFor();
    assert.equal(await page.locator('.panel .attempt').count(), 2);
    assert.match(await page.locator('.panel').textContent(), /max_attempts/u);
    await screenshot(page, 'delivery');
    target.status = 200;
    await page.locator('.panel').getByRole('button', {name: 'Retry'}).click();

    await page.locator('.panel .lead .badge.is-succeeded').waitFor();
    await page.locator('.panel .attempt').nth(2).waitFor();
    await page.locator('.rows .row.selected .badge.is-succeeded').waitFor();
    clean();
  });

  it('cancels a delivery that waits, when the operator agrees', async () => {
    target.status = 503;
    await server.change({settings: 'delivery: {minInterval: 50ms, backoff: {base: 5m, cap: 5m}, maxAttempts: 10, breaker: {failures: 1000}}'});
    assert.equal((await server.api('POST', 'reload')).status, 200);
    await server.push(quayPush('quay.io/shop/web', 'waiting'));
    const waiting = await until(async () => (await server.api('GET', 'deliveries?state=scheduled')).json.items.find((one) => one.attempts > 0),
      'the first attempt failed');
    await at(`?view=deliveries&delivery=${waiting.id}`);

    await page.locator('.panel').getByRole('button', {name: 'Cancel'}).click();
    await page.getByRole('dialog').getByRole('button', {name: 'Cancel it'}).click();

    await page.locator('.panel .lead .badge.is-cancelled').waitFor();
    target.status = 200;
    clean();
  });

  it('replays an event, after asking', async () => {
    const id = (await server.push(quayPush('quay.io/shop/api', '1.0.5'))).json.event;
    await at(`?event=${id}`);

    await page.locator('.panel').getByRole('button', {name: 'Replay'}).click();
    await page.getByRole('dialog').getByRole('button', {name: 'Replay'}).click();
    await page.locator('.panel dt', {hasText: 'Replay of'}).waitFor();

    const shown = new URL(page.url()).searchParams.get('event');
    assert.notEqual(shown, id);
    assert.equal((await server.api('GET', `events/${shown}`)).json.replayOf, id);
    await row(shown).waitFor();
    clean();
  });

  it('retries by filter: counts first, then shows how far it is', async () => {
    const ended = (await server.api('GET', 'deliveries?state=cancelled')).json.items.length;
    assert.ok(ended > 0);
    await at('?view=deliveries&state=cancelled');

    await page.getByRole('button', {name: 'Retry many'}).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', {name: 'Count'}).click();
    await dialog.getByText(ended === 1 ? '1 delivery fits' : `${ended} deliveries fit`).waitFor();
    await screenshot(page, 'bulk-retry');
    await dialog.getByRole('button', {name: /^Retry /u}).click();
    await dialog.getByText('done').waitFor();
    await dialog.getByRole('button', {name: 'Close'}).click();

    await until(async () => (await server.api('GET', 'deliveries?state=cancelled')).json.items.length === 0, 'nothing is cancelled any more');
    clean();
  });

  it('keeps a long list smooth: few rows are elements, the place is kept, the end is reached by key', async () => {
    for (let i = 0; i < 400; i += 20) {
      await Promise.all(Array.from({length: 20}, (_, j) => server.push(quayPush('quay.io/other/many', String(i + j)))));
    }
    await at('?repository=quay.io/other/many');
    await page.locator('.rows .row').first().waitFor();

    await page.locator('.rows .row a').first().focus();
    await until(async () => {
      await page.keyboard.press('End');
      return (await page.locator('.list-end').textContent()).startsWith('All 400');
    }, 'all of them are there');
    await page.keyboard.press('End');
    await page.locator('.rows .row[aria-rowindex="401"]').waitFor();
    assert.ok(await page.locator('.rows .row').count() < 80);

    const place = () => page.locator('.scroller').evaluate((scroller) => scroller.scrollHeight - scroller.scrollTop);
    const before_push = await place();
    await server.push(quayPush('quay.io/other/many', 'one more'));
    await page.getByRole('button', {name: '1 new event above'}).waitFor();
    assert.equal(await place(), before_push);
    await page.getByRole('button', {name: '1 new event above'}).click();
    await page.locator('.rows .row', {hasText: 'one more'}).waitFor();
    clean();
  });

  it('reconnects after the server restarted, and shows what it missed', async () => {
    await at('');
    const known = (await server.push(quayPush('quay.io/shop/api', '1.0.6'))).json.event;
    await row(known).waitFor();

    await server.stop();
    await page.locator('.lamp.is-reconnecting').waitFor();
    assert.equal(await page.locator('#polite').textContent(), 'The connection is lost; reconnecting.');
    // Pushed before the page is back: it is held off until then.
    await page.context().setOffline(true);
    await server.start();
    const missed = (await server.push(quayPush('quay.io/shop/api', '1.0.7'))).json.event;
    await page.context().setOffline(false);

    await page.locator('.lamp.is-live').waitFor();
    await row(missed).waitFor();
    await page.locator('.note', {hasText: 'arrived meanwhile'}).waitFor();
    assert.equal(await row(known).count(), 1);
    assert.equal(await row(missed).count(), 1);
    clean();
  });
});
