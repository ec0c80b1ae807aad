/** Requests exactly as a client sends them: headers in its order and spelling, and unusual bodies. */
import { once } from "node:events";
import { connect } from "node:net";
import { LOOPBACK } from "./listener.ts";

export interface WireAnswer {
  readonly status: number;
  readonly location: string | null;
  readonly body: string;
}

/**
 * Sends a request given as head, blank line and body. Line ends are converted, Host and Content-Length are filled in, and the
 * connection ends with the answer.
 */
export async function replay(port: number, text: string): Promise<WireAnswer> {
  const [head = "", body = ""] = text.trim().split("\n\n");
  const [request = "", ...headers] = head.split("\n").map((line) => line.trim());
  const length = body === "" ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  const lines = [
    `${request} HTTP/1.1`,
    `Host: ${LOOPBACK}:${port}`,
    ...headers,
    ...length,
    "Connection: close",
    "",
    "",
  ];
  const socket = connect(port, LOOPBACK);
  socket.setEncoding("utf8");
  let answer = "";
  socket.on("data", (chunk: string) => (answer += chunk));
  socket.write(lines.join("\r\n") + body);
  await once(socket, "end");
  const [answerHead = "", ...rest] = answer.split("\r\n\r\n");
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(answerHead)?.[1]),
    location: /^location: (.*)$/im.exec(answerHead)?.[1] ?? null,
    body: rest.join("\r\n\r\n"),
  };
}
