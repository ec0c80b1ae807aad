/** Commands that share their first word, and the help that lists them. */
import { buildRouteMap, type Command, type RouteMap } from "@stricli/core";
import type { Cli } from "./command.ts";
import { GAP, helpPainter, section, typed } from "./help-text.ts";

type Commands = Readonly<Record<string, Command<Cli> | RouteMap<Cli>>>;

export interface Group {
  /** One line of the list of commands. */
  readonly brief: string;
  /** What else one has to know. */
  readonly description?: string;
  /** By heading, in the order of the help. */
  readonly commands: Readonly<Record<string, Commands>>;
}

/** The library lists each command twice, with its arguments and with its brief. Here a list is read once. */
export function group({ brief, description = `${brief}.`, commands }: Group): RouteMap<Cli> {
  const routes = Object.assign({}, ...Object.values(commands)) as Commands;
  const map = buildRouteMap<string, Cli>({ routes, docs: { brief } });
  const width = Math.max(...Object.keys(routes).map((name) => typed(name).length));
  return {
    ...map,
    formatHelp({ prefix, ansiColor }) {
      const paint = helpPainter(ansiColor);
      const usage = `${prefix.join(" ")} COMMAND`;
      const lists = Object.entries(commands).map(([heading, listed]) =>
        section(
          paint,
          heading,
          Object.entries(listed).map(([name, { brief: meaning }]) => typed(name).padEnd(width) + GAP + meaning),
        ),
      );
      const help = `${usage} --help${GAP}describes a command, with examples`;
      return [section(paint, "USAGE", [`${usage} [ARGUMENTS] [FLAGS]`, help]), description, ...lists, ""].join("\n\n");
    },
  };
}
