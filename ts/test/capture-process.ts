import { type ChildProcess, spawn } from "node:child_process";
import { openStore, type StoredMessage } from "../store/index.ts";
import { cliCommand, root } from "./cli-process.ts";

/** A command that runs until it is stopped: the server or the bot. */
export class LongRun {
  readonly #args: readonly string[];
  readonly #env: Record<string, string>;
  #child: ChildProcess | null = null;
  #exited: Promise<number | null> = Promise.resolve(null);
  stderr = "";

  constructor(args: readonly string[], env: Record<string, string>) {
    this.#args = args;
    this.#env = env;
  }

  start(): void {
    const child = spawn(process.execPath, [...cliCommand(), ...this.#args, "--log-format", "json"], {
      cwd: root,
      env: { ...process.env, NO_COLOR: "1", ...this.#env },
      stdio: ["ignore", "ignore", "pipe"],
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    this.#child = child;
    this.#exited = new Promise((resolve) => child.once("close", (code) => resolve(code)));
  }

  /** Events it has told, all starts together. */
  events(name: string): Record<string, unknown>[] {
    return this.stderr
      .split("\n")
      .filter((line) => line.startsWith("{") && line.endsWith("}"))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ event }) => event === name);
  }

  /** Ends at once, as in a power cut of the process. */
  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#exited;
  }

  /** Ends in good order and gives the exit code. */
  async stop(): Promise<number | null> {
    this.#child?.kill("SIGTERM");
    return this.#exited;
  }

  hangUp(): void {
    this.#child?.kill("SIGHUP");
  }

  exit(): Promise<number | null> {
    return this.#exited;
  }
}

/** Everything live in a store. */
export async function storedMessages(place: string): Promise<Map<string, StoredMessage>> {
  await using store = await openStore(place, { readOnly: true, create: false });
  const found = new Map<string, StoredMessage>();
  for (let after: string | undefined; ; ) {
    const page = await store.messages({ limit: 1_000, ...(after !== undefined && { after }) });
    for (const message of page) {
      if (found.has(message.message_id)) throw new Error(`${message.message_id} twice`);
      found.set(message.message_id, message);
    }
    after = page.at(-1)?.message_id;
    if (after === undefined) return found;
  }
}
