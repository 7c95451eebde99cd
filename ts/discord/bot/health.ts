import { createServer, type Server } from "node:http";
import { GristmillError } from "../../native/index.ts";
import { METRICS_TYPE, Metrics } from "../prometheus.ts";

/** How the bot is. */
export interface Health {
  connected: boolean;
  /** Events that wait to be sent, their bytes, and for how long the oldest has waited. */
  queued: number;
  queued_bytes: number;
  oldest_unsent_ms: number;
  sent: number;
  retries: number;
  rejected: number;
  channels: number;
  /** Channels whose history is being asked for. */
  channels_behind: number;
  opted_out: number;
}

const HELP: Readonly<Record<keyof Health, string>> = {
  connected: "Whether the gateway is connected.",
  queued: "Events that wait to be sent.",
  queued_bytes: "Bytes that wait to be sent.",
  oldest_unsent_ms: "For how long the oldest unsent event has waited.",
  sent: "Events taken by the store since the start.",
  retries: "Attempts that failed since the start.",
  rejected: "Events never taken since the start; they are in rejected.jsonl.",
  channels: "Channels and threads captured.",
  channels_behind: "Channels whose history is being asked for.",
  opted_out: "Authors who opted out.",
};

/** `/healthz` (503 while not connected) and `/metrics` of the bot, on this machine only. */
export async function serveHealth(port: number, read: () => Health): Promise<{ url: string; close(): Promise<void> }> {
  const metrics = new Metrics();
  for (const [name, help] of Object.entries(HELP)) {
    metrics.gauge(`gristmill_capture_${name}`, help, () => Number(read()[name as keyof Health]));
  }
  const server: Server = createServer((request, response) => {
    const path = request.url?.split("?")[0];
    if (request.method !== "GET" || (path !== "/healthz" && path !== "/metrics")) {
      response.writeHead(404).end();
    } else if (path === "/metrics") {
      response.writeHead(200, { "content-type": METRICS_TYPE }).end(metrics.text());
    } else {
      const health = read();
      response
        .writeHead(health.connected ? 200 : 503, { "content-type": "application/json" })
        .end(JSON.stringify(health));
    }
  });
  server.requestTimeout = 5_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        new GristmillError(
          "GM_CAPTURE_CANNOT_LISTEN",
          "failed",
          `cannot listen on port ${port}: ${error.code}`,
          "choose another --health-port",
          { cause: error },
        ),
      ),
    );
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
