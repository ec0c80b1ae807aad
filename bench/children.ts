/**
 * Whatever ends this process, the servers that it started end with it: a stray one would hold its port and folder for
 * ever.
 */

const endings: (() => void)[] = [];

/** `end` must work at once, without waiting; the last one given runs first. Returns how to take it back. */
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

/** Without a listener a signal ends the process and no "exit" is heard. */
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
