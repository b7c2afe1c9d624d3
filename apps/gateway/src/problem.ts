/** Answers to HTTP requests that are not a socket: problem details as of RFC 9457. */

export type Answer = {
  readonly status: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

export type Problem = {
  /** `404 Not Found` */
  readonly status: string;
  /** What happened and what to do, for a person. */
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
};

export const problem = ({ status, detail, headers = {} }: Problem): Answer => ({
  status,
  headers: { 'content-type': 'application/problem+json', ...headers },
  body: JSON.stringify({ type: 'about:blank', title: status.slice(4), status: Number(status.slice(0, 3)), detail }),
});

export const plain = (body: string, contentType = 'text/plain; charset=utf-8'): Answer => ({
  status: '200 OK',
  headers: { 'content-type': contentType, 'cache-control': 'no-store' },
  body,
});

export const problems = {
  upgradeRequired: problem({
    status: '426 Upgrade Required',
    detail:
      'This is a WebSocket endpoint. Connect with a WebSocket client (ws:// or wss://, subprotocol actioncable-v1-json). ' +
      'If you did, a proxy on the way dropped the Upgrade and Connection headers: make it forward them.',
    headers: { upgrade: 'websocket', connection: 'upgrade' },
  }),
  notFound: problem({
    status: '404 Not Found',
    detail: 'The gateway serves /cable (WebSocket), /health/live, /health/ready and /metrics.',
  }),
  notReady: problem({
    status: '503 Service Unavailable',
    detail: 'The gateway is stopping, or its connection to NATS is lost. It comes back by itself.',
    headers: { 'retry-after': '1' },
  }),
  originRefused: problem({
    status: '403 Forbidden',
    detail: 'Pages of this origin may not connect. Add it to ALLOWED_ORIGINS.',
  }),
  full: problem({
    status: '503 Service Unavailable',
    detail: 'The gateway has as many connections as it may have.',
    headers: { 'retry-after': '10' },
  }),
} as const;
