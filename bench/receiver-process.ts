/** A receiver of notifications in its own process, which answers at once. Its first message is its URL. */
import { createServer } from "node:http";
import { Arrivals } from "./arrivals.ts";

const arrivals = new Arrivals();

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    arrivals.add(Buffer.concat(chunks));
    response.end();
  });
});

arrivals.serve();

server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.send?.(`http://127.0.0.1:${address !== null && typeof address === "object" ? address.port : 0}`);
});
