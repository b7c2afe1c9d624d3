/** `POST /events` of the peers that are Node processes. */
import type { RequestListener } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** Takes an event for `publish`; answers 202, or 404 to anything else. */
export const takeEvents =
  (publish: (event: Uint8Array) => void): RequestListener =>
  (request, response) => {
    if (request.method !== 'POST' || request.url !== '/events') return void response.writeHead(404).end();
    buffer(request).then(
      (event) => {
        publish(event);
        response.writeHead(202).end();
      },
      () => response.destroy(),
    );
  };
