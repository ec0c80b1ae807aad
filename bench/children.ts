/**
 * Ends the servers that this process has started when it ends for any reason. Otherwise they would keep their ports and
 * folders.
 */

const endings: (() => void)[] = [];

/** Registers `end`, which must be synchronous. The last registered one runs first. Returns a function that unregisters it. */
export function endWithThisProcess(end: () => void): () => void {
  if (endings.length === 0) listen();
  endings.push(end);
  return () => {
    const at = endings.indexOf(end);
    if (at < 0) return;
    endings.splice(at, 1);
    if (endings.length === 0) unlisten();
  };
}

/** Exit codes by signal. Without a listener a signal ends the process without an "exit" event. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

function listen(): void {
  process.on("exit", endAll);
  for (const signal of Object.keys(SIGNALS)) process.on(signal, leave);
}

function unlisten(): void {
  process.off("exit", endAll);
  for (const signal of Object.keys(SIGNALS)) process.off(signal, leave);
}

function endAll(): void {
  for (const end of endings.toReversed()) end();
}

function leave(signal: keyof typeof SIGNALS): void {
  process.exit(SIGNALS[signal]);
}
