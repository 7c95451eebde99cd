/**
 * `node --import tsx bench/load/hostile.ts [--connections 1000] [--seconds 20]`: senders with a valid key that mean no good: bodies that come
 * drop by drop, bodies without end, decompression bombs, whole bodies of 8 MB, all at once. The server's peak memory must stay
 * below 256 MB; how long an honest client waits is told.
 */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { HEADERS, sign } from "../../ts/discord/signature.ts";
import { peakMb, SECRET, startServer } from "./server.ts";

const { values } = parseArgs({
  options: { connections: { type: "string", default: "1000" }, seconds: { type: "string", default: "20" } },
});
const folder = mkdtempSync(join(tmpdir(), "gm-hostile-"));
const PATH = "/v1/messages";
const bomb = gzipSync(Buffer.alloc(200 << 20, 0x20));
const large = Buffer.alloc(8 << 20, 0x20);
const statuses = new Map<string, number>();
const count = (status: string): void => void statuses.set(status, (statuses.get(status) ?? 0) + 1);

function head(body: Buffer, more: string[]): string {
  const timestamp = Math.floor(Date.now() / 1_000).toString();
  const bodyHash = createHash("sha256").update(body).digest("hex");
  const signature = sign(SECRET, { method: "POST", path: PATH, timestamp, idempotencyKey: "", bodyHash });
  return [
    `POST ${PATH} HTTP/1.1`,
    "host: x",
    "content-type: application/json",
    `${HEADERS.key}: load`,
    `${HEADERS.timestamp}: ${timestamp}`,
    `${HEADERS.bodyHash}: ${bodyHash}`,
    `${HEADERS.signature}: ${signature}`,
    ...more,
    "\r\n",
  ].join("\r\n");
}

/** One connection until the server ends it. */
function attack(port: number, kind: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let timer: NodeJS.Timeout | undefined;
    const names = ["slow", "endless", "bomb", "large"];
    let answered = "closed";
    socket.on("data", (text) => {
      answered = /^HTTP\/1.1 (\d+)/.exec(text.toString("latin1"))?.[1] ?? answered;
      if (kind > 1) socket.end();
    });
    socket.on("error", () => undefined);
    socket.once("close", () => {
      clearInterval(timer);
      count(`${names[kind]} ${answered}`);
      resolve();
    });
    socket.once("connect", () => {
      if (kind === 0) {
        socket.write(head(large, [`content-length: ${large.length}`]));
        timer = setInterval(() => socket.write(Buffer.alloc(20_000, 0x20)), 200);
      } else if (kind === 1) {
        socket.write(head(large, ["transfer-encoding: chunked"]));
        timer = setInterval(() => {
          if (socket.writableLength < 1 << 17) socket.write(`10000\r\n${" ".repeat(0x10000)}\r\n`);
        }, 5);
      } else if (kind === 2)
        socket.write(
          Buffer.concat([Buffer.from(head(bomb, ["content-encoding: gzip", `content-length: ${bomb.length}`])), bomb]),
        );
      else socket.write(Buffer.concat([Buffer.from(head(large, [`content-length: ${large.length}`])), large]));
    });
  });
}

const { child, port } = await startServer(join(folder, "messages.db"), folder, ["--max-connections", "2000"]);
try {
  const until = Date.now() + Number(values.seconds) * 1_000;
  let slowest = 0;
  const watch = (async () => {
    while (Date.now() < until) {
      const begun = performance.now();
      const answer = await fetch(`http://127.0.0.1:${port}/healthz`);
      await answer.arrayBuffer();
      count(`honest ${answer.status}`);
      slowest = Math.max(slowest, performance.now() - begun);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  })();
  await Promise.all([
    watch,
    ...Array.from({ length: Number(values.connections) }, async (_, i) => {
      // Memory of this process is limited as well: few at a time send whole large bodies.
      const kind = i % 50 === 0 ? 3 : i % 3;
      while (Date.now() < until) {
        await attack(port, kind);
        await new Promise((resolve) => setTimeout(resolve, 2_000));
      }
    }),
  ]);
  const peak = peakMb(child.pid);
  const figures = JSON.stringify(Object.fromEntries([...statuses].sort()));
  process.stdout.write(
    `peak ${peak.toFixed(0)} MB; the slowest honest answer in ${slowest.toFixed(0)} ms; ${figures}\n`,
  );
  if (peak >= 256) process.exitCode = 1;
} finally {
  child.removeAllListeners("exit");
  child.kill("SIGTERM");
  await new Promise((resolve) => child.once("exit", resolve));
  rmSync(folder, { recursive: true, force: true });
}
