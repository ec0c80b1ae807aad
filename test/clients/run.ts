/**
 * `npm run test:clients`: the official Python clients against the service that `npm start` starts. They are Debian's
 * packages; where one is missing its tests are skipped, with a line that names the package.
 */
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { makeScratch } from "../../bench/scratch.ts";
import { Server } from "../../bench/server.ts";

/** Debian's own Python: another one on the path would not see Debian's packages. */
const PYTHON = "/usr/bin/python3";
const SCRIPT_MS_MAX = 180_000;

const CLIENTS = [
  { module: "zaqarclient", debianPackage: "python3-zaqarclient", script: "with_zaqarclient.py" },
  { module: "openstack", debianPackage: "python3-openstacksdk", script: "with_openstacksdk.py" },
] as const;

async function main(): Promise<boolean> {
  const present = CLIENTS.filter(({ module, debianPackage }) => {
    const isPresent = spawnSync(PYTHON, ["-c", `import ${module}`]).status === 0;
    if (!isPresent) process.stdout.write(`skipped: ${PYTHON} has no ${module}; apt-get install ${debianPackage}\n`);
    return isPresent;
  });
  if (present.length === 0) return true;
  const scratch = makeScratch("clients");
  // Health is served to admins only, and only if asked for.
  const server = await Server.start({ dataDir: join(scratch.path, "data"), environment: { ADMIN_MODE: "true" } });
  try {
    let havePassed = true;
    for (const { module, script } of present) {
      process.stdout.write(`${module}:\n`);
      if ((await run(script, server.url)) !== 0) havePassed = false;
    }
    return havePassed;
  } finally {
    await server.stop();
    scratch.remove();
  }
}

async function run(script: string, url: string): Promise<number | null> {
  const child = spawn(PYTHON, ["-W", "ignore::DeprecationWarning", join(import.meta.dirname, script), "--verbose"], {
    stdio: "inherit",
    timeout: SCRIPT_MS_MAX,
    env: { ...process.env, SUKKAL_URL: url, PYTHONDONTWRITEBYTECODE: "1" },
  });
  return await new Promise((resolve, reject) => child.on("error", reject).on("exit", resolve));
}

process.exitCode = (await main()) ? 0 : 1;
