/** `npm start` on data that is too new or damaged, and on databases of deleted queues. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { refuses, shell, Start } from "./started.ts";

const folder = mkdtempSync(join(tmpdir(), "sukkal-data-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const FORMAT = "format.json";

interface Format {
  version: string;
  readonly storage: Readonly<Record<"queue" | "project" | "delivery", { makes: number; needs: number }>>;
}

/** Runs the service on a folder during `work`, which gets the curl examples: post, claim, stats. Returns the output. */
async function serving(dataDir: string, work: (curls: readonly string[]) => void | Promise<void>): Promise<string> {
  const start = new Start({ DATA_DIR: dataDir });
  await work((await start.ready()).match(/curl .*/g) ?? []);
  assert.equal(await start.end("SIGTERM"), 0);
  return start.output;
}

test("refuses data of a newer version that this version cannot use, and names both versions", async () => {
  const dataDir = join(folder, "newer");
  await serving(dataDir, ([post]) => void shell(post));
  const format = JSON.parse(readFileSync(join(dataDir, FORMAT), "utf8")) as Format;
  const { version } = format;
  format.version = "7.1.0";
  format.storage.queue.makes += 1;
  // Newer, but usable by this version: the file is not changed.
  writeFileSync(join(dataDir, FORMAT), JSON.stringify(format));
  await serving(dataDir, ([, , stats]) => assert.match(shell(stats), /"total":1/));
  assert.deepEqual(JSON.parse(readFileSync(join(dataDir, FORMAT), "utf8")), format);
  format.storage.queue.needs = format.storage.queue.makes;
  writeFileSync(join(dataDir, FORMAT), JSON.stringify(format));
  await refuses(
    { DATA_DIR: dataDir },
    new RegExp(
      `was written by Sukkal 7\\.1\\.0\\. This is version ${version.replaceAll(".", "\\.")}, which cannot use`,
    ),
  );
  // An invalid file counts as absent, as in folders of older versions.
  writeFileSync(join(dataDir, FORMAT), "{");
  await serving(dataDir, ([, , stats]) => assert.match(shell(stats), /"total":1/));
});

test("removes the databases of deleted queues, and no others", async () => {
  const dataDir = join(folder, "deleted");
  const queues = join(dataDir, "sukkal-queue");
  await serving(dataDir, ([post = ""]) => {
    shell(post);
    const other = post.replace("/queues/demo", "/queues/other");
    shell(other);
    shell(other.replace(/-d '[^']*' (\S+)\/messages/, "-X DELETE $1"));
  });
  assert.equal(databasesIn(queues).length, 2);
  await serving(dataDir, ([, , stats]) => assert.match(shell(stats), /"total":1/));
  assert.equal(databasesIn(queues).length, 1);
});

test("starts without the list of alarms, and objects set their alarms again when they wake", async () => {
  const dataDir = join(folder, "alarms");
  const list = join(dataDir, "sukkal-queue/metadata.sqlite");
  await serving(dataDir, ([post]) => void shell(post));
  for (const damage of [() => writeFileSync(list, "not a database".repeat(1000)), () => rmSync(list)]) {
    for (const end of ["-wal", "-shm"]) rmSync(list + end, { force: true });
    damage();
    const output = await serving(dataDir, ([, , stats]) => assert.match(shell(stats), /"total":1/));
    assert.match(
      output,
      /sukkal-queue\/metadata\.sqlite was missing or damaged \(renamed to metadata\.sqlite\.damaged-\d+\)\. It contained/,
    );
    const alarms = new DatabaseSync(list);
    assert.equal(alarms.prepare("SELECT actor_name AS name FROM _cf_ALARM").get()?.["name"], "demo/demo");
    alarms.close();
  }
  assert.ok(existsSync(list));
});

function databasesIn(path: string): readonly string[] {
  return readdirSync(path).filter((name) => name.endsWith(".sqlite") && name !== "metadata.sqlite");
}
