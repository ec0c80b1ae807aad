/**
 * Receivers in their own process, so that their work does not delay the measuring process: all misbehaving ones, or as many good
 * ones. Prints their URLs.
 */
import { BAD_RECEIVERS, ending } from "./bad-receivers.ts";
import { Listener, LOOPBACK } from "./listener.ts";

const good = ending("HTTP/1.1 204 No Content\r\n\r\n");
const areGood = process.argv[2] === "good";
const urls = await Promise.all(
  BAD_RECEIVERS.map(async ({ scheme = "http", answer }) => {
    const { port } = await Listener.listen(areGood ? good : answer);
    return `${areGood ? "http" : scheme}://${LOOPBACK}:${port}/hook`;
  }),
);
process.send?.(urls);
process.once("disconnect", () => process.exit(0));
