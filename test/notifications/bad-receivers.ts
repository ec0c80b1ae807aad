/**
 * Misbehaving receivers, and the record of the first attempt at each. The outcome follows from the status as soon as it has
 * arrived, whatever happens to the rest of the answer.
 */
import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";

export interface BadReceiver {
  readonly name: string;
  readonly outcome: "delivered" | "refused" | "timeout" | "unreachable";
  readonly status: number | null;
  /** TLS instead of plain HTTP. */
  readonly scheme?: "https";
  /** Called once per connection. */
  readonly answer: (socket: Socket) => void;
}

const OK = "HTTP/1.1 200 OK\r\n";
const EMPTY = `${OK}Content-Length: 0\r\n\r\n`;
const MEBIBYTE = 1024 * 1024;
const GZIPPED = gzipSync(Buffer.alloc(16 * MEBIBYTE), { level: 1 });

const SILENT: readonly BadReceiver[] = Object.entries({
  "says nothing": () => undefined,
  "answers after 30 s": later(30_000, EMPTY),
  "sends its headers at a byte per second": dripping("", EMPTY),
  "asks for ever to go on": repeating("HTTP/1.1 100 Continue\r\n\r\n", 100),
}).map(([name, answer]) => ({ name, answer, outcome: "timeout", status: null }));

const WITHOUT_END: readonly BadReceiver[] = Object.entries({
  "resets after its headers": resetting(`${OK}Content-Length: 99\r\n\r\nhal`),
  "sends a body without end": flooding(`${OK}\r\n`),
  "sends a body at a byte per second": dripping(`${OK}Content-Length: 99\r\n\r\n`, "x".repeat(99)),
  "promises a longer body than it sends": ending(`${OK}Content-Length: 999\r\n\r\nshort`),
  "sends a longer body than it promises": ending(`${OK}Content-Length: 2\r\n\r\n${"long".repeat(99)}`),
  "sends a chunk without a size": ending(`${OK}Transfer-Encoding: chunked\r\n\r\nnone\r\n\r\n`),
  "calls something gzip that is none": ending(`${OK}Content-Encoding: gzip\r\n\r\nnone`),
  "sends a body that grows when it is unpacked": ending(
    Buffer.concat([Buffer.from(`${OK}Content-Encoding: gzip\r\nContent-Length: ${GZIPPED.length}\r\n\r\n`), GZIPPED]),
  ),
}).map(([name, answer]) => ({ name, answer, outcome: "delivered", status: 200 }));

const NOT_HTTP: readonly BadReceiver[] = Object.entries({
  closes: ending(""),
  "resets before its headers": (socket: Socket) => socket.resetAndDestroy(),
  "resets within its headers": resetting(`${OK}Content-Le`),
  "speaks another protocol": ending("220 mail.example ESMTP\r\n"),
  "sends noise": ending(Buffer.alloc(4096, 0xa5)),
  "promises a body of a negative length": ending(`${OK}Content-Length: -1\r\n\r\n`),
  "sends a mebibyte of headers": ending(`${OK}X-Bomb: ${"x".repeat(MEBIBYTE)}\r\n\r\n`),
  "sends headers without end": flooding(`${OK}X-Bomb: `),
}).map(([name, answer]) => ({ name, answer, outcome: "unreachable", status: null }));

export const BAD_RECEIVERS: readonly BadReceiver[] = [
  ...SILENT,
  ...WITHOUT_END,
  ...NOT_HTTP,
  { name: "speaks no TLS", outcome: "unreachable", status: null, scheme: "https", answer: ending(EMPTY) },
  {
    name: "switches protocols unasked",
    outcome: "refused",
    status: 101,
    answer: ending("HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\nConnection: upgrade\r\n\r\n"),
  },
  {
    name: "has a status beyond all",
    outcome: "refused",
    status: 999,
    answer: ending("HTTP/1.1 999 Beyond\r\nContent-Length: 0\r\n\r\n"),
  },
];

/** Sends a whole answer and ends the connection. */
export function ending(bytes: string | Uint8Array): BadReceiver["answer"] {
  return (socket) => void socket.end(bytes);
}

function later(milliseconds: number, text: string): BadReceiver["answer"] {
  return (socket) => {
    const timer = setTimeout(() => socket.end(text), milliseconds);
    socket.on("close", () => clearTimeout(timer));
  };
}

/** Resets the connection after the text was sent, which the reset would otherwise overtake. */
function resetting(text: string): BadReceiver["answer"] {
  return (socket) => void socket.write(text, () => setTimeout(() => socket.resetAndDestroy(), 50));
}

function repeating(text: string, milliseconds: number): BadReceiver["answer"] {
  return (socket) => {
    const timer = setInterval(() => socket.write(text), milliseconds);
    socket.on("close", () => clearInterval(timer));
  };
}

/** Sends the head at once and the rest byte by byte. */
function dripping(head: string, rest: string): BadReceiver["answer"] {
  return (socket) => {
    let at = 0;
    socket.write(head);
    const timer = setInterval(() => socket.write(rest[at++] ?? "x"), 1000);
    socket.on("close", () => clearInterval(timer));
  };
}

/** Sends as fast as the client reads. */
function flooding(head: string): BadReceiver["answer"] {
  return (socket) => {
    const flood = (): void => {
      while (!socket.destroyed && socket.write(FLOOD));
    };
    socket.on("drain", flood);
    socket.write(head);
    flood();
  };
}

const FLOOD = "x".repeat(65_536);
