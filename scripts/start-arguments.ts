/** The arguments of `sukkal-server` and `npm start`: none, because settings are environment variables. */
import { Refusal } from "./refusal.ts";
import { readVersion } from "./version.ts";

const HELP = `Durable message queues over HTTP and WebSocket: OpenStack's messaging API v2 (Zaqar).

USAGE
  sukkal-server
  sukkal-server --help|--version

SETTINGS
  Environment variables. docs/CONFIGURATION.md of the repository lists all of them.
  HOST           127.0.0.1  address to listen on; 0.0.0.0 for all
  PORT           8787       0 for any free port
  DATA_DIR       ./data     folder of all data
  AUTH_STRATEGY  none       keystone, keys, or none, which trusts everybody
  LOG_FORMAT     auto       text or json; auto is text on a terminal

EXAMPLES
  PORT=8080 DATA_DIR=/var/lib/sukkal sukkal-server
  npx sukkal key new-admin-key > admin-key
  AUTH_STRATEGY=keys ADMIN_API_KEY=$(cat admin-key) sukkal-server
`;

/** The text to print instead of a start; null: start. Throws a Refusal for other arguments, which would have no effect. */
export function answerTo([argument, ...others]: readonly string[]): string | null {
  if (argument === undefined) return null;
  if (others.length === 0 && (argument === "--help" || argument === "-h")) return HELP;
  if (others.length === 0 && argument === "--version") return `${readVersion()}\n`;
  throw new Refusal(
    `${argument} has no effect: settings are environment variables, such as PORT=8080. --help lists the first ones.`,
  );
}
