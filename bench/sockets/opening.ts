/** Connections that are opened at the same time. */
const TOGETHER = 50;

/** Opens many connections, a few at a time. Any failure ends the process. Then the process of the measurement is told. */
export function openMany(count: number, open: () => Promise<void>): void {
  let left = count;
  const openOneByOne = async (): Promise<void> => {
    while (left-- > 0) await open();
  };
  const opening = Promise.all(Array.from({ length: TOGETHER }, openOneByOne));
  opening.then(() => process.send?.("ready"), fail);
}

export function fail(error: unknown): void {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
}
