/** The version of the service, which package.json states. */
import { version } from "../../package.json";

export const VERSION: string = version;
