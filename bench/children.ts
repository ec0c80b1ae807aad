/** Whatever ends this process, the servers that it started end with it: a stray one would hold its port and folder for ever. */

const endings = new Set<() => void>();
let isInstalled = false;

/** `end` must work at once, without waiting. Returns what to call when there is nothing left to end. */
export function endWithThisProcess(end: () => void): () => void {
  install();
  endings.add(end);
  return () => endings.delete(end);
}

function install(): void {
  if (isInstalled) return;
  isInstalled = true;
  process.on("exit", () => endings.forEach((end) => end()));
  // Without a listener a signal ends the process and no "exit" is heard.
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]] as const) {
    process.on(signal, () => process.exit(code));
  }
}
