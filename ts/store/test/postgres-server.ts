import { execFileSync, spawn } from "node:child_process";
import { accessSync, chownSync, constants, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import pg from "pg";
import { freePort } from "./free-port.ts";

/** A Postgres server of the tests' own, on a free port, in a folder that goes when it stops. */
export interface PostgresServer {
  /** Connection URL of a new, empty database. */
  database(): Promise<string>;
  /** As `pg_ctl -m immediate` does: no checkpoint, recovery at the next start. Connections break. */
  crash(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Where the server programs are; `null`: this machine has none. */
export function postgresPrograms(): string | null {
  const installed = "/usr/lib/postgresql";
  const versions = list(installed).sort((a, b) => Number(b) - Number(a));
  const folders = [
    ...versions.map((version) => join(installed, version, "bin")),
    ...(process.env.PATH ?? "").split(delimiter),
  ];
  return folders.find((folder) => runs(join(folder, "initdb")) && runs(join(folder, "postgres"))) ?? null;
}

/** Told when tests of Postgres are skipped. */
export const NO_POSTGRES = "no Postgres server programs here: install e.g. the Debian package `postgresql`";

/** Starts a server. Postgres refuses to run as root; root lends it the user `postgres`, else `nobody`. */
export async function startPostgres(programs: string): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), "gristmill-postgres-"));
  const user = process.getuid?.() === 0 ? serverUser() : {};
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, "data");
  const options = { ...user, cwd: folder, stdio: "pipe" as const, env: { ...process.env, LC_ALL: "C" } };
  execFileSync(join(programs, "initdb"), ["-D", data, "-U", "grist", "-A", "trust", "-E", "UTF8", "-N"], options);
  const port = await freePort();
  let server: ReturnType<typeof spawn> | undefined;
  const admin = `postgres://grist@127.0.0.1:${port}/postgres`;

  async function start(): Promise<void> {
    const settings = { port, listen_addresses: "127.0.0.1", unix_socket_directories: "", max_connections: 60 };
    const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    server = spawn(join(programs, "postgres"), ["-D", data, ...flags], { ...options, stdio: "ignore" });
    for (let left = 300; ; left--) {
      const client = new pg.Client({ connectionString: admin });
      client.on("error", () => undefined);
      try {
        await client.connect();
        await client.end();
        return;
      } catch (error) {
        if (left === 0 || server.exitCode !== null) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const running = server;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const ended = new Promise((resolve) => running.once("exit", resolve));
    running.kill(signal);
    await ended;
  }

  await start();
  let databases = 0;
  return {
    async database() {
      const client = new pg.Client({ connectionString: admin });
      await client.connect();
      const name = `store_${databases++}`;
      await client.query(`CREATE DATABASE ${name}`);
      await client.end();
      return `postgres://grist:very-secret@127.0.0.1:${port}/${name}`;
    },
    crash: () => end("SIGQUIT"),
    start,
    async stop() {
      await end("SIGQUIT");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function runs(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function serverUser(): { uid?: number; gid?: number } {
  for (const name of ["postgres", "nobody"]) {
    try {
      const id = (flag: string): number => Number(execFileSync("id", [flag, name], { stdio: "pipe" }).toString());
      return { uid: id("-u"), gid: id("-g") };
    } catch {
      // No such user: the next one.
    }
  }
  throw new Error("Postgres does not run as root, and there is neither a user postgres nor nobody");
}
