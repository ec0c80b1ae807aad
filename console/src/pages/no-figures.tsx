/** For a service without figures (`METER=off`), of which the pages of queues and subscriptions are made. */
import type { JSX } from "preact";
import { CopyLine } from "../components/copy-line.tsx";
import { Head } from "../components/head.tsx";

export function NoFigures(): JSX.Element {
  return (
    <>
      <Head
        title="This service keeps no figures"
        name="No figures"
        lead="Its operator has set METER=off, so there is nothing to show. The command line reads queues and messages."
      />
      <CopyLine text="sukkal queue list --details" />
    </>
  );
}
