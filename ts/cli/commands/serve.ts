import type { ServeEvent } from "../../api/index.ts";
import { grouped } from "../../report/figures.ts";
import { loadApi } from "../api.ts";
import { type Command, EXIT, given } from "../command.ts";
import { eventLog, LOG_FORMAT } from "../event-log.ts";
import { usage } from "../fail.ts";
import { parseBytes, parseCount } from "../quantities.ts";

export const serve: Command = {
  name: "serve",
  summary: "Take messages over HTTP into a message store",
  positionals: [],
  options: {
    store: { type: "text", describe: "File (SQLite) or postgres:// URL", default: "$DATABASE_URL" },
    keys: {
      type: "text",
      describe: "File of keys, one a line: hmac ID SECRET or bearer ID SECRET",
      default: "$GRISTMILL_INGEST_KEYS",
    },
    host: { type: "text", describe: "Address to listen on", default: "127.0.0.1" },
    port: { type: "number", describe: "Port to listen on; 0 takes a free one", default: "8787" },
    "max-body": { type: "text", describe: "Largest body, also after decompression", default: "8m" },
    "max-buffered": { type: "text", describe: "Bodies of all requests together", default: "32m" },
    "max-waiting": { type: "number", describe: "Batches that may wait; more get 429", default: "256" },
    "max-connections": { type: "number", describe: "Connections at once", default: "1024" },
    "log-format": LOG_FORMAT,
  },
  examples: [
    ["gristmill serve --store messages.db --keys keys", "SQLite, on 127.0.0.1:8787"],
    ["DATABASE_URL=postgres://bot@db/chat gristmill serve --keys keys --port 9000", "Postgres"],
    ["kill -HUP PID", "read the keys anew without a restart"],
  ],
  async run(args, { output, signal }) {
    const store = args.text("store") ?? process.env.DATABASE_URL;
    if (store === undefined || store === "") {
      throw usage("gristmill serve: --store is missing", "e.g. --store messages.db, or set DATABASE_URL");
    }
    const port = parseCount(args.number("port"), "port", 0);
    if (port !== undefined && port > 65_535) throw usage(`--port ${port}: at most 65535`);
    const size = (name: string): number | undefined => {
      const text = args.text(name);
      return text === undefined ? undefined : parseBytes(text, name);
    };
    const api = await loadApi();
    const server = await api.serve({
      store,
      keys: given({ file: args.text("keys"), text: process.env.GRISTMILL_INGEST_KEYS }),
      onEvent: eventLog<ServeEvent>(output, args.text("log-format"), line),
      ...given({
        host: args.text("host"),
        port,
        maxBodyBytes: size("max-body"),
        maxBufferedBytes: size("max-buffered"),
        maxWaiting: parseCount(args.number("max-waiting"), "max-waiting", 1),
        maxConnections: parseCount(args.number("max-connections"), "max-connections", 1),
      }),
    });
    output.result({ url: server.url }, () => server.url);
    const reload = (): void => void server.reloadKeys();
    process.on("SIGHUP", reload);
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    await server.close();
    process.off("SIGHUP", reload);
    return EXIT.done;
  },
};

function line(event: ServeEvent): string | null {
  switch (event.event) {
    case "listening":
      return `listening on ${event.url}, ${event.keys} keys, store ${event.store}`;
    case "request":
      return `${event.method} ${event.route} ${event.status} ${event.ms} ms${event.code === undefined ? "" : ` ${event.code}`}`;
    case "keys_reloaded":
      return `${event.keys} keys read anew`;
    case "warning":
      return `${event.code}: ${event.message}`;
    case "stopping":
      return `stopping; ${grouped(event.waiting)} batches wait`;
    case "stopped":
      return "stopped";
  }
}
