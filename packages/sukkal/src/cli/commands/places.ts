/** The commands that queues and topics have in common. */
import type { Command } from "@stricli/core";
import { flag, text, toMetadata, YES } from "../arguments.ts";
import { command, type Cli, type Session } from "../command.ts";
import { EXIT, Failure } from "../exit-code.ts";
import { detailsOf, placeOf, QUEUES, type PlaceKind } from "../place.ts";
import { printChanges } from "../places/changes.ts";
import { toPlaceDocument } from "../places/figures.ts";
import { fieldsOf } from "../places/fields.ts";
import { fieldsOfFigures, ownFigures } from "../places/own-figures.ts";
import { confirmByName } from "../terminal/confirm.ts";
import { counted, number } from "../terminal/units.ts";
import { listCommand } from "./list-places.ts";
import { pauseCommand, resumeCommand } from "./pause-places.ts";

/** `create`, `list`, `show`, `set`, `pause`, `resume`, `purge` and `delete`. */
export function placeCommands(kind: PlaceKind): Readonly<Record<string, Command<Cli>>> {
  return {
    create: createCommand(kind),
    list: listCommand(kind),
    show: showCommand(kind),
    set: setCommand(kind),
    pause: pauseCommand(kind),
    resume: resumeCommand(kind),
    purge: purgeCommand(kind),
    delete: deleteCommand(kind),
  };
}

/** For help texts. */
const EXAMPLES = { queue: "jobs", topic: "news" } as const;

function createCommand(kind: PlaceKind): Command<Cli> {
  const { word } = kind;
  const name = EXAMPLES[word];
  const examples: [string, string][] = [[`${word} create ${name}`, "with the defaults of the service"]];
  if (kind === QUEUES)
    examples.push([
      `queue create jobs --set _dead_letter_queue=jobs-dead --set _max_claim_count=5`,
      "dead letters after 5 claims",
    ]);
  else examples.push([`topic create news --set _default_message_ttl=1d`, "messages live for a day"]);
  return command({
    brief: `Create a ${word}`,
    description: `A post creates a ${word} too. The metadata of one that exists is changed as by sukkal ${word} set.`,
    examples,
    flags: {
      set: {
        kind: "parsed",
        parse: text,
        variadic: true,
        optional: true,
        placeholder: "name=value",
        brief: "member of the metadata; the value is JSON or a text",
      },
    },
    args: { kind: "tuple", parameters: [kind.argument] },
    async run(session: Session, { set = [] }: { readonly set?: readonly string[] }, given: string) {
      const { sukkal, output, signal } = session;
      const place = placeOf(await sukkal(), given, { topic: word === "topic" });
      if (set.length === 0) await place.create({}, { signal });
      else await place.ensure(toMetadata(set), { signal });
      output.done(`${titled(word)} ${given} is ready.`);
    },
  });
}

function showCommand(kind: PlaceKind): Command<Cli> {
  const { word } = kind;
  const name = EXAMPLES[word];
  return command({
    brief: `Show a ${word}: its figures and its metadata`,
    description:
      "OLDEST is the oldest message that can be claimed. Members that are not set have the values of the service.",
    examples: [
      [`${word} show ${name}`, "all of it"],
      [`${word} show ${name} --json | jq .metadata`, "for programs"],
    ],
    args: { kind: "tuple", parameters: [kind.argument] },
    async run({ sukkal, output, signal }: Session, _: object, given: string) {
      const place = placeOf(await sukkal(), given, { topic: word === "topic" });
      const [details, figures] = await Promise.all([detailsOf(place, signal), ownFigures(place, signal)]);
      const document = { ...toPlaceDocument(details, { details: true }), ...(figures === null ? {} : { figures }) };
      await output.record(document, fieldsOf(details, figures === null ? [] : fieldsOfFigures(figures)));
    },
  });
}

function setCommand(kind: PlaceKind): Command<Cli> {
  const { word } = kind;
  const name = EXAMPLES[word];
  return command({
    brief: `Change the metadata of a ${word}`,
    usage: `<${word}> <name=value>...`,
    description: `Members that are not named stay as they are. Prints what has changed. A value is JSON or a text; times may be
written as 90s, 5m, 2h or 7d.`,
    examples: [
      [`${word} set ${name} _default_message_ttl=2h team=web`, "two members"],
      [`${word} set ${name} --unset team`, "removes one"],
    ],
    flags: {
      unset: {
        kind: "parsed",
        parse: text,
        variadic: true,
        optional: true,
        placeholder: "name",
        brief: "member to remove",
      },
    },
    args: {
      kind: "array",
      minimum: 1,
      parameter: { ...kind.argument, placeholder: `${word} name=value`, brief: `name of the ${word}, then members` },
    },
    async run(session: Session, { unset = [] }: { readonly unset?: readonly string[] }, ...given: string[]) {
      const { sukkal, output, signal } = session;
      const [target = "", ...pairs] = given;
      const set = toMetadata(pairs);
      const both = unset.find((member) => Object.hasOwn(set, member));
      if (both !== undefined) throw new Failure(`"${both}" is set and unset.`, { exitCode: EXIT.usage });
      if (pairs.length + unset.length === 0)
        throw new Failure("There is nothing to change.", { exitCode: EXIT.usage, hint: `sukkal ${word} set --help` });
      const place = placeOf(await sukkal(), target, { topic: word === "topic" });
      const { metadata: before } = await detailsOf(place, signal);
      const removed = Object.fromEntries(unset.map((member) => [member, undefined]));
      await printChanges(output, before, await place.update({ ...set, ...removed }, { signal }));
    },
  });
}

function purgeCommand(kind: PlaceKind): Command<Cli> {
  const { word } = kind;
  const name = EXAMPLES[word];
  const stays = kind === QUEUES ? " Claimed messages stay." : "";
  return command({
    brief: `Delete the messages of a ${word}`,
    description: `The ${word}, its metadata and its subscriptions stay.${stays}`,
    examples: [
      [`${word} purge ${name}`, "says how many there are, and asks for the name"],
      [`${word} purge ${name} --subscriptions --yes`, "the subscriptions too, without a question"],
    ],
    flags: { subscriptions: flag("the subscriptions too"), yes: YES },
    args: { kind: "tuple", parameters: [kind.argument] },
    async run(session: Session, flags: { readonly subscriptions?: boolean; readonly yes?: boolean }, given: string) {
      const { sukkal, output, signal } = session;
      const place = placeOf(await sukkal(), given, { topic: word === "topic" });
      const { subscriptions: all = false, yes } = flags;
      const what = `This deletes the messages${all ? " and subscriptions" : ""} of the ${word} ${given}`;
      await confirmByName(session, { what, name: given, yes, extent: () => extentOf(place, signal) });
      await detailsOf(place, signal);
      await place.purge(all ? ["messages", "subscriptions"] : ["messages"], { signal });
      output.done(`${titled(word)} ${given} is purged.`);
      const { claimed = 0 } = await place.stats({ signal });
      if (claimed > 0) output.hint(`${counted(claimed, "claimed message")} stay${claimed === 1 ? "s" : ""}.`);
    },
  });
}

function deleteCommand(kind: PlaceKind): Command<Cli> {
  const { word } = kind;
  const name = EXAMPLES[word];
  return command({
    brief: `Delete a ${word} with its messages`,
    examples: [[`${word} delete ${name}`, "says how many messages there are, and asks for the name"]],
    flags: { yes: YES },
    args: { kind: "tuple", parameters: [kind.argument] },
    async run(session: Session, { yes }: { readonly yes?: boolean }, given: string) {
      const { sukkal, output, signal } = session;
      const place = placeOf(await sukkal(), given, { topic: word === "topic" });
      const what = `This deletes the ${word} ${given} with its messages`;
      await confirmByName(session, { what, name: given, yes, extent: () => extentOf(place, signal) });
      await detailsOf(place, signal);
      await place.delete({ signal });
      output.done(`${titled(word)} ${given} is deleted.`);
    },
  });
}

/** How many messages a person is about to delete. */
async function extentOf(place: Parameters<typeof detailsOf>[0], signal: AbortSignal): Promise<string> {
  const { stats } = await detailsOf(place, signal);
  if (stats === null) return "its messages cannot be counted at the moment";
  const { total, claimed = 0 } = stats;
  return `${counted(total, "message")}${claimed > 0 ? `, ${number(claimed)} of them claimed` : ""}`;
}

function titled(word: PlaceKind["word"]): string {
  return word === "queue" ? "Queue" : "Topic";
}
