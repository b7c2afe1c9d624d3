/** One client on a socket of its own: shakes hands, says what it has to say, and counts what it is sent. */
import { createConnection, type Socket } from 'node:net';
import { FrameReader } from './frame-reader.ts';

/** A frame that asks for a sign of life, and the answer to it. */
export type Sign = { readonly asked: string; readonly answer: string };

export type LoadSocketOptions = {
  readonly port: number;
  readonly path: string;
  /** Offered to the server; empty: none is. */
  readonly subprotocol: string;
  /** Sent once the server says `greeting`, or at once when that is empty. */
  readonly hello: string;
  /** What the first frame of the server holds. */
  readonly greeting: string;
  /** What a frame holds that says that this client is served; empty: it is once the handshake is done. */
  readonly confirmation: string;
  /** Null: only the WebSocket itself asks for signs of life. */
  readonly sign: Sign | null;
  /** Where it comes from: one of these can be used towards a server once. The system would look for a free port for longer than a handshake takes. */
  readonly from: { readonly address: string; readonly port: number };
  /** It is served. */
  readonly served: () => void;
  /** Whether `heard` is told how each frame begins. */
  readonly keepsStarts: boolean;
  /** A whole long frame came. */
  readonly heard: (start: Buffer) => void;
  /** The other side, or the network, ended it. */
  readonly ended: (why: string) => void;
};

/** All sockets read into it in turn: what came is looked at before the next one reads. */
const buffer = Buffer.allocUnsafe(256 * 1024);
const HEADERS_END = '\r\n\r\n';

export class LoadSocket {
  readonly #options: LoadSocketOptions;
  readonly #socket: Socket;
  readonly #reader: FrameReader;
  #handshake: string | null = '';
  #isGreeted: boolean;
  #isServed = false;

  constructor(options: LoadSocketOptions) {
    this.#options = options;
    this.#isGreeted = options.greeting === '';
    const events = {
      long: options.heard,
      short: (text: string) => (this.#isServed ? this.#answer(text) : this.#look(text)),
      ping: (payload: Buffer) => this.#send(PONG, payload),
    };
    this.#reader = new FrameReader(events, options.keepsStarts);
    this.#socket = createConnection({
      host: '127.0.0.1',
      port: options.port,
      localAddress: options.from.address,
      localPort: options.from.port,
      noDelay: true,
      onread: { buffer, callback: (size) => this.#take(size) },
    });
    this.#socket.once('connect', () => this.#socket.write(upgradeOf(options)));
    this.#socket.once('error', (error) => options.ended(error.message));
    this.#socket.once('close', () => options.ended('closed'));
  }

  /** Cuts it, as a network does. */
  cut(): void {
    this.#socket
      .removeAllListeners('close')
      .removeAllListeners('error')
      .on('error', () => undefined);
    this.#socket.resetAndDestroy();
  }

  #take(size: number): boolean {
    const chunk = buffer.subarray(0, size);
    if (this.#handshake === null) this.#reader.read(chunk);
    else this.#shakeHands(this.#handshake + chunk.toString('latin1'));
    return true;
  }

  #shakeHands(text: string): void {
    const end = text.indexOf(HEADERS_END);
    if (end < 0) return void (this.#handshake = text);
    if (!text.startsWith('HTTP/1.1 101')) {
      this.#options.ended(text.split('\r\n', 1)[0] ?? '');
      return this.cut();
    }
    this.#handshake = null;
    if (this.#isGreeted) this.#greeted();
    this.#reader.read(Buffer.from(text.slice(end + HEADERS_END.length), 'latin1'));
  }

  #look(text: string): void {
    if (!this.#isGreeted && text.includes(this.#options.greeting)) this.#greeted();
    else if (this.#isGreeted && text.includes(this.#options.confirmation)) this.#serve();
    else if (text.includes('"reject_')) this.#options.ended(text);
  }

  #answer(text: string): void {
    const { sign } = this.#options;
    if (text === sign?.asked) this.#send(TEXT, Buffer.from(sign.answer));
  }

  #greeted(): void {
    this.#isGreeted = true;
    if (this.#options.hello !== '') this.#send(TEXT, Buffer.from(this.#options.hello));
    if (this.#options.confirmation === '') this.#serve();
  }

  #serve(): void {
    this.#isServed = true;
    this.#options.served();
  }

  #send(opcode: number, payload: Buffer): void {
    this.#socket.write(Buffer.concat([headOf(opcode, payload.length), payload]));
  }
}

const TEXT = 1;
const PONG = 10;

/** A client's frame has a mask; one of zeros leaves the payload as it is. */
const headOf = (opcode: number, length: number): Buffer =>
  length < 126
    ? Buffer.from([0x80 | opcode, 0x80 | length, 0, 0, 0, 0])
    : Buffer.from([0x80 | opcode, 0x80 | 126, length >> 8, length & 255, 0, 0, 0, 0]);

const upgradeOf = ({ path, port, subprotocol }: LoadSocketOptions): string =>
  [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...(subprotocol === '' ? [] : [`Sec-WebSocket-Protocol: ${subprotocol}`]),
    '',
    '',
  ].join('\r\n');
