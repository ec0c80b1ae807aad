/** `pause` and `resume` of queues and topics. */
import type { Command, FlagParametersForType } from "@stricli/core";
import { flag } from "../arguments.ts";
import { command, type Cli, type Session } from "../command.ts";
import { detailsOf, placeOf, QUEUES, type PlaceKind } from "../place.ts";
import { pausesOf, type Pause } from "../places/figures.ts";

type Flags = { readonly [P in Pause]?: boolean };

export function pauseCommand(kind: PlaceKind): Command<Cli> {
  return command({
    brief: kind === QUEUES ? "Pause claims, notifications or both" : "Pause notifications",
    description: `Messages can be posted all the same. What subscribers do not get meanwhile they get after the pause.${
      kind === QUEUES ? " Without a flag both pause; with one the other stays as it is." : ""
    }`,
    examples:
      kind === QUEUES
        ? [
            ["queue pause jobs --claims", "consumers wait; subscribers are notified"],
            ["queue pause jobs", "nobody gets messages"],
          ]
        : [["topic pause news", "subscribers get nothing until sukkal topic resume news"]],
    flags: flagsOf(kind, "pause"),
    args: { kind: "tuple", parameters: [kind.argument] },
    run: (session: Session, flags: Flags, name: string) =>
      change(session, { kind, name }, (paused) => [...new Set([...paused, ...chosen(kind, flags)])]),
  });
}

export function resumeCommand(kind: PlaceKind): Command<Cli> {
  const { word } = kind;
  return command({
    brief: "End a pause",
    description: "Waiting consumers and subscribers get messages at once.",
    examples:
      kind === QUEUES
        ? [
            ["queue resume jobs", "ends every pause"],
            ["queue resume jobs --claims", "a pause of notifications goes on"],
          ]
        : [[`${word} resume news`, "subscribers get what they have missed"]],
    flags: flagsOf(kind, "resume"),
    args: { kind: "tuple", parameters: [kind.argument] },
    run: (session: Session, flags: Flags, name: string) =>
      change(session, { kind, name }, (paused) => paused.filter((each) => !chosen(kind, flags).includes(each))),
  });
}

function flagsOf(kind: PlaceKind, verb: "pause" | "resume"): FlagParametersForType<Flags, Cli> {
  const flags = { claims: flag(`${verb} claims only`), notifications: flag(`${verb} notifications only`) };
  // Topics have no claims, so there is nothing to choose. The flags are optional.
  return kind === QUEUES ? flags : ({} as typeof flags);
}

function chosen(kind: PlaceKind, { claims, notifications }: Flags): readonly Pause[] {
  if (kind !== QUEUES) return ["notifications"];
  if (claims !== true && notifications !== true) return ["claims", "notifications"];
  return [
    ...(claims === true ? ["claims" as const] : []),
    ...(notifications === true ? ["notifications" as const] : []),
  ];
}

async function change(
  { sukkal, output, signal }: Session,
  { kind, name }: { readonly kind: PlaceKind; readonly name: string },
  next: (paused: readonly Pause[]) => readonly Pause[],
): Promise<void> {
  const place = placeOf(await sukkal(), name, { topic: kind.word === "topic" });
  const { metadata } = await detailsOf(place, signal);
  const paused = next(pausesOf(metadata));
  await place.update({ _paused: paused.length === 0 ? undefined : paused }, { signal });
  if (paused.length === 0) return output.done(`${name} is not paused.`);
  output.done(`${name} is paused for ${paused.join(" and ")}.`);
}
