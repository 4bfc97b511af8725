// SPDX-License-Identifier: Apache-2.0
// In front of a landfall whose API has no `events/stream`: hands everything on, and makes the stream out of the lists.
import {createServer} from 'node:http';

const POLL_MS = 100;
const FILTERS = ['project', 'receiver', 'adapter', 'repository', 'tag', 'action', 'outcome'];

async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return parts.length > 0 ? Buffer.concat(parts) : undefined;
}

/// Starts it in front of `origin`; gives its own origin and how to end it.
export async function standIn(origin) {
  const own = () => `127.0.0.1:${server.address().port}`;
  const call = (path, authorization) => fetch(`${origin}/api/v1/${path}`, {headers: authorization ? {Authorization: authorization} : {}});

  async function stream(request, response, url) {
    const authorization = request.headers.authorization;
    const access = await call('access', authorization);
    if (!access.ok) {
      response.writeHead(access.status, {'Content-Type': 'application/problem+json'});
      response.end(await access.text());
      return;
    }
    const filter = new URLSearchParams(FILTERS.filter((name) => url.searchParams.has(name)).map((name) => [name, url.searchParams.get(name)]));
    const items = async (path) => (await (await call(path, authorization)).json()).items;
    let cursor = request.headers['last-event-id'] ?? (await items('events?limit=1'))[0]?.id ?? '0';
    const seen = new Map((await items('deliveries?limit=200')).map((one) => [one.id, JSON.stringify(one)]));
    response.writeHead(200, {'Content-Type': 'text/event-stream'});
    response.write(`event: hello\nid: ${cursor}\ndata: {"generation":1}\n\n`);
    const wants = (type) => url.searchParams.get('types')?.includes(type) ?? true;
    const tick = async () => {
      const events = wants('event') ? (await items(`events?limit=200&${filter}`)).filter((one) => one.id > cursor).reverse() : [];
      for (const one of events) {
        cursor = one.id;
        response.write(`id: ${cursor}\nevent: event\ndata: ${JSON.stringify(one)}\n\n`);
      }
      for (const one of wants('delivery') ? await items('deliveries?limit=200') : []) {
        const text = JSON.stringify(one);
        if (seen.get(one.id) === text) continue;
        seen.set(one.id, text);
        response.write(`id: ${cursor}\nevent: delivery\ndata: ${text}\n\n`);
      }
    };
    while (!response.destroyed) {
      await tick();
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  async function handOn(request, response) {
    const headers = {...request.headers, host: new URL(origin).host};
    if (headers.origin === `http://${own()}`) headers.origin = origin;
    for (const name of ['connection', 'content-length', 'accept-encoding']) delete headers[name];
    const answer = await fetch(origin + request.url, {method: request.method, headers, body: await bodyOf(request)});
    const sent = Object.fromEntries(answer.headers);
    for (const name of ['content-encoding', 'content-length', 'connection', 'keep-alive']) delete sent[name];
    response.writeHead(answer.status, sent);
    response.end(Buffer.from(await answer.arrayBuffer()));
  }

  const server = createServer(async (request, response) => {
    const url = new URL(request.url, origin);
    try {
      if (url.pathname === '/api/v1/events/stream') await stream(request, response, url);
      else await handOn(request, response);
    } catch {
      // The server behind is away, as it is for a page that talks to it directly.
      response.destroy();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {origin: `http://${own()}`, stop: () => {
    server.closeAllConnections();
    server.close();
  }};
}
