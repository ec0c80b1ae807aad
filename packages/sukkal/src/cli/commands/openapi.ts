/** `sukkal openapi`: the service's description of its API. */
import { SukkalError } from "../../error.ts";
import { command, type Session } from "../command.ts";
import { EXIT, Failure } from "../exit-code.ts";
import { onManyLines } from "../terminal/display-text.ts";

export const OPENAPI_COMMAND = command({
  brief: "Print the service's description of its API",
  description: "OpenAPI 3.1, for generators of clients. The page /docs/ of the service shows it.",
  examples: [["openapi > openapi.json", "of the version of the service, with its limits"]],
  async run({ sukkal, output, signal }: Session) {
    try {
      const document = (await (await sukkal()).openapi({ signal })).trimEnd();
      await output.line(output.isTerminal ? onManyLines(document) : document);
    } catch (error) {
      if (!(error instanceof SukkalError) || error.status !== 404) throw error;
      const hint = "It was removed by DOCS=false, or the address is not that of Sukkal.";
      throw new Failure("The service does not publish its description.", { exitCode: EXIT.notFound, hint });
    }
  },
});
