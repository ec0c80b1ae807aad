/** `sukkal dev`. */
import { launch, NotStarted, type Installation, type ServerProcess } from "../../server-process.ts";
import { Sukkal } from "../../sukkal.ts";
import { pause } from "../../time.ts";
import { count, seconds, text, valueFlag } from "../arguments.ts";
import { command, type Session } from "../command.ts";
import { variable } from "../connection/variables.ts";
import { answerBy, percentage, answerStatus, type AnswerFlags } from "../dev/answers.ts";
import { dataFolder, installationOf, shortest } from "../dev/installation.ts";
import { assertFree, HOST, listen } from "../dev/ports.ts";
import { announce, printerOf } from "../dev/print.ts";
import { Secrets } from "../dev/secrets.ts";
import { endingOf, EXIT, Failure, Interrupted } from "../exit-code.ts";

interface Flags extends AnswerFlags {
  readonly port?: number;
  readonly receiverPort?: number;
  readonly data?: string;
  readonly server?: string;
}

const PORT_DEFAULT = 8787;
const DATA_DEFAULT = ".sukkal";
/**
 * Milliseconds in which the service may end by itself: a terminal sends Ctrl-C to it too, and a second signal would not
 * let it finish.
 */
const OWN_END_MS = 1000;

export const DEV_COMMAND = command({
  brief: "Run a service on this machine, with a receiver that shows notifications",
  description: `The service keeps its data in .sukkal, takes no credentials, and calls subscribers on this machine.
The receiver verifies what it gets, shows it, and answers with 204, or as --fail, --slow and --status say: the
service gives a receiver 10 s. It makes the secrets of subscriptions to it. Settings of the service are environment
variables. Ctrl-C stops both.`,
  examples: [
    ["dev", "on port 8787, with the receiver on 8788"],
    ["dev --fail 50%", "half of the notifications fail, and come again"],
    ["dev --slow 12s", "none is answered in time"],
    ["dev --status 410", "the receiver wants no more"],
    ["dev --port 9000 --data /tmp/queues", "on another port, with another folder"],
  ],
  flags: {
    port: { kind: "parsed", parse: count, optional: true, brief: "port of the service; 8787 by default" },
    receiverPort: { kind: "parsed", parse: count, optional: true, brief: "port of the receiver; the next by default" },
    data: valueFlag(text, "folder", "folder of the data"),
    fail: valueFlag(percentage, "50%", "part that the receiver refuses"),
    slow: valueFlag(seconds, "time", "time before it answers"),
    status: { kind: "parsed", parse: answerStatus, optional: true, brief: "status of its refusals; 500 by default" },
    server: valueFlag(text, "folder", "folder of sukkal-server"),
  },
  async run(session: Session, flags: Flags) {
    const { output, signal, connectionFlags } = session;
    if (connectionFlags.url !== undefined || connectionFlags.context !== undefined)
      throw new Failure("dev runs a service of its own, so --url and --context have no meaning.", {
        exitCode: EXIT.usage,
      });
    const installation = installationOf(flags.server);
    const folder = dataFolder(flags.data ?? DATA_DEFAULT);
    await serve(session, { installation, folder, flags });
    output.hint(`Stopped. The data stays in ${shortest(folder)}.`);
    if (endingOf(signal) === "interrupted") throw new Interrupted();
  },
});

interface Served {
  readonly installation: Installation;
  /** Of the data. */
  readonly folder: string;
  readonly flags: Flags;
}

/** Runs the service and the receiver until the command is ended. Fails if the service ends by itself. */
async function serve(session: Session, { installation, folder, flags }: Served): Promise<void> {
  const { output, signal, connectionFlags, cli } = session;
  const { port = PORT_DEFAULT, receiverPort = port === 0 ? 0 : port + 1 } = flags;
  const project = connectionFlags.project ?? variable(cli.process.env, "SUKKAL_PROJECT") ?? "demo";
  await assertFree(port);
  let secrets: Secrets | null = null;
  const receiver = await listen(receiverPort, {
    secretOf: async (queue, id) => (await secrets?.of(queue, id)) ?? null,
    answer: () => answerBy(flags, Math.random),
    onReceived: printerOf(session),
  });
  output.hint(`Starting the service with its data in ${shortest(folder)} …`);
  const service = launch(installation, {
    env: { POLICY_RULES, ...cli.process.env, HOST, PORT: String(port), DATA_DIR: folder, ...SETTINGS },
    onStderr: (chunk) => void output.programOutput("stderr")(chunk),
  });
  try {
    const url = await Promise.race([started(service), aborted(signal)]);
    if (url === null) return;
    secrets = new Secrets(new Sukkal({ url, project }), { origin: new URL(receiver.url).origin });
    await announce(session, { url, project, receiver: receiver.url, flags });
    const end = await Promise.race([service.ended, aborted(signal)]);
    // Ctrl-C of a terminal reaches it first, sometimes.
    if (end !== null) await Promise.race([aborted(signal), pause(OWN_END_MS)]);
    if (!signal.aborted)
      throw new Failure(`The service has ended by itself (${end}).`, { hint: "The lines above may tell why." });
  } finally {
    // The service first: it would count what the receiver does not answer as failed.
    if (signal.aborted && endingOf(signal) === "interrupted") await Promise.race([service.ended, pause(OWN_END_MS)]);
    await service.stop();
    await receiver.close();
  }
}

/** A developer has no roles, and may look. */
const POLICY_RULES = JSON.stringify({ "usage:get": ["*"] });
/** Those of the service, whatever the environment has. */
const SETTINGS = { AUTH_STRATEGY: "none", ALLOW_PRIVATE_SUBSCRIBERS: "true", LOG_FORMAT: "text" } as const;

/** The address of the service. Fails with the sentence that it has printed. */
async function started({ url }: ServerProcess): Promise<string> {
  try {
    return await url;
  } catch (error) {
    if (!(error instanceof NotStarted)) throw error;
    const sentence = /Sukkal is not running: ([^\n]+)/.exec(error.printed)?.[1];
    throw new Failure(sentence?.replaceAll("DATA_DIR", "--data") ?? error.message);
  }
}

function aborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    signal.addEventListener("abort", () => resolve(null));
  });
}
