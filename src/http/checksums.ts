import type { Config } from "../config/config.ts";
import type { Message } from "../domain/message.ts";
import { checksumsOf } from "../wire/checksum.ts";
import type { Checksums } from "../wire/messages.ts";

/** The checksums to show with these messages: none, unless ENABLE_CHECKSUM. */
export async function checksumsFor(messages: readonly Message[], { enableChecksum }: Config): Promise<Checksums> {
  return enableChecksum ? checksumsOf(messages) : null;
}
