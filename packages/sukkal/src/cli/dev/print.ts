/** What `dev` prints: what to paste next, and a line for each notification. */
import type { Session } from "../command.ts";
import { readContexts } from "../connection/config-file.ts";
import { URL_DEFAULT } from "../connection/connection.ts";
import { variable } from "../connection/variables.ts";
import { onJsonLine } from "../messages/body.ts";
import { withBody } from "../messages/view.ts";
import { took } from "../terminal/units.ts";
import { printDelivery } from "../webhooks/delivery-line.ts";
import { describeAnswers, type AnswerFlags } from "./answers.ts";
import { NEW_SECRET, REPEAT, type Received } from "./receiver.ts";

/** Any UUID is one. */
const CLIENT_ID = "3381af92-2b9e-11e3-b191-71861300734c";

export interface Announced {
  readonly url: string;
  readonly receiver: string;
  readonly project: string;
  readonly flags: AnswerFlags;
}

/** What to paste next. */
export async function announce({ output, cli }: Session, { url, receiver, project, flags }: Announced): Promise<void> {
  const { env } = cli.process;
  const { current } = await readContexts(env, () => {});
  const named = ["SUKKAL_URL", "SUKKAL_CONTEXT"].some((name) => variable(env, name) !== null);
  const lines = [
    ...(url === URL_DEFAULT && current === null && !named ? [] : [`export SUKKAL_URL=${url}`]),
    ...(project === "demo" ? [] : [`export SUKKAL_PROJECT=${project}`]),
    `sukkal sub add jobs ${receiver} --ttl 1d`,
    `sukkal post jobs '{"n": 1}'`,
    `curl -H 'Client-ID: ${CLIENT_ID}' -H 'X-Project-ID: ${project}' ${url}/v2/queues/jobs/stats`,
  ];
  output.hint(
    [
      `Service:  ${url} (${url}/docs/ describes the API)`,
      `Receiver: ${receiver} Its notifications ${describeAnswers(flags)}.`,
      `In another terminal:`,
      ``,
      ...lines.map((line) => `  ${line}`),
      ``,
      `Ctrl-C stops both.`,
    ].join("\n"),
  );
}

/** Characters of the id of a subscription that tell it from others: ids begin with the time. */
const ID_TAIL = 6;

/** The service sends its documents so. Others, such as those of `post_data`, are shown as they are. */
const DOCUMENT =
  /^\{(?:"ttl": \d+, )?"body": (.*?)(?:, "delay": \d+)?, "Message_Type": "\w+", "queue_name": "[^"]*"\}$/s;

export function printerOf({ output }: Session): (received: Received) => void {
  const announced = new Set<string>();
  return ({ at, id, queue, subscription, proof, status: answered, milliseconds, body }) => {
    const place = `subscription ${subscription ?? "-"} of ${queue ?? "-"}`;
    if (proof === NEW_SECRET && !announced.has(place)) {
      announced.add(place);
      output.hint(`Made a secret for the ${place}. What has come without it is sent again, signed.`);
    }
    if (proof === NEW_SECRET && answered === REPEAT) return;
    const ms = Math.round(milliseconds);
    const bodyText = onJsonLine(DOCUMENT.exec(body)?.[1] ?? body);
    const members = { at: at.toISOString(), queue, subscription, id, proof, status: answered, ms };
    const printed = printDelivery(output, {
      at,
      isGood: proof === "verified" && answered !== null && answered < 300,
      shown: [
        took(milliseconds).padStart(6),
        String(answered ?? "too late"),
        proof,
        queue ?? "-",
        `…${(subscription ?? "").slice(-ID_TAIL)}`,
      ],
      values: [queue, subscription, id, proof, answered, ms],
      bodyText,
      json: () => withBody(members, { bodyText: isJson(bodyText) ? bodyText : JSON.stringify(bodyText) }).text,
    });
    // Nobody reads it any more, which ends the command in another way.
    printed.catch(() => {});
  };
}

function isJson(given: string): boolean {
  try {
    JSON.parse(given);
    return true;
  } catch {
    return false;
  }
}
