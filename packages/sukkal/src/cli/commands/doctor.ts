/** `sukkal doctor`: checks the way to a service, the service, and what in it needs attention. */
import { flag, text, valueFlag } from "../arguments.ts";
import { clientOf, command, type Session } from "../command.ts";
import { checkContents } from "../doctor/contents.ts";
import { checkNetwork } from "../doctor/network.ts";
import { checkOrigin } from "../doctor/origin.ts";
import { ok, type Finding, type Findings, type Patient } from "../doctor/patient.ts";
import { checkService, describeService } from "../doctor/service.ts";
import { checkWaiting } from "../doctor/waiting.ts";
import { Failure } from "../exit-code.ts";
import { onOneLine } from "../terminal/display-text.ts";
import type { Output } from "../terminal/output.ts";
import type { Style } from "../terminal/style.ts";

interface DoctorFlags {
  readonly origin?: string;
  readonly quick?: boolean;
}

const MARKS: Readonly<Record<Finding["outcome"], readonly [mark: string, style: Style]>> = {
  ok: ["✓", "good"],
  warning: ["!", "warning"],
  failed: ["✗", "bad"],
};
const CHECK_COLUMNS = 13;

export const DOCTOR_COMMAND = command({
  brief: "Check the connection, the service and the credential",
  description: `Changes nothing. One check waits 20 seconds, to see whether proxies let claims wait. Of queues and
subscriptions it checks the first 100. The exit code is 1 if a check has failed; warnings do not count.`,
  examples: [
    ["doctor", "all checks"],
    ["doctor --quick", "without the wait"],
    ["doctor --origin https://shop.example.com", "may pages of this origin call the service?"],
  ],
  flags: {
    origin: valueFlag(text, "origin", "origin of a page in a browser"),
    quick: flag("leave out the check that waits"),
  },
  async run(session: Session, flags: DoctorFlags) {
    const connection = await session.connection();
    const client = clientOf(connection, session.output);
    const hint = session.output.hint.bind(session.output);
    const { env } = session.cli.process;
    let failures = 0;
    for await (const finding of findings({ connection, client, env, signal: session.signal, hint }, flags)) {
      if (finding.outcome === "failed") failures++;
      await print(finding, session.output);
    }
    if (failures > 0) throw new Failure(failures === 1 ? "One check has failed." : `${failures} checks have failed.`);
  },
});

async function* findings(patient: Patient, { origin, quick = false }: DoctorFlags): Findings {
  yield ok("address", `${patient.connection.url} (${patient.connection.urlSource})`);
  for await (const finding of checkNetwork(patient)) {
    yield finding;
    // Whatever follows needs the service.
    if (finding.outcome === "failed") return;
  }
  if (origin !== undefined) yield await checkOrigin(origin, patient);
  const described = await describeService(patient);
  if (!("service" in described)) return yield described;
  yield* checkService(described, patient);
  // The operator's key belongs to no project.
  if (described.service.caller.project === null) return;
  yield* checkContents(patient);
  if (!quick) yield await checkWaiting(described.service, patient);
}

async function print(finding: Finding, output: Output): Promise<void> {
  const { check, outcome, text: found, advice } = finding;
  if (output.isJson) return output.line(JSON.stringify(finding));
  if (!output.isTerminal) return output.line([outcome, check, found, advice ?? ""].map(onOneLine).join("\t"));
  const [mark, style] = MARKS[outcome];
  await output.line(`${output.paint(style, mark)} ${check.padEnd(CHECK_COLUMNS)}  ${onOneLine(found)}`);
  if (advice !== null) await output.line(`${" ".repeat(CHECK_COLUMNS + 4)}${output.paint("quiet", advice)}`);
}
