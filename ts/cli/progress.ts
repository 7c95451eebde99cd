import { createRequire } from "node:module";
import type { SingleBar } from "cli-progress";
import type { BuildEvent } from "../api/index.ts";
import { compact, duration, percent } from "../report/figures.ts";
import { oneLine, visibleJson } from "../report/visible.ts";
import type { Output } from "./output.ts";

export interface Progress {
  onEvent(event: BuildEvent): void;
  /** Takes bars off the screen; may be called more than once. */
  close(): void;
}

/** Bars on a terminal, a plain line every 30 seconds elsewhere, one JSON event a line where a program reads along. */
export function followProgress(output: Output, format: "text" | "json"): Progress {
  if (format === "json") return jsonLines(output);
  if (output.options.quiet) return warningsOnly(output);
  return output.stderr.isTTY === true ? bars() : plainLines(output, Date.now);
}

type Running = Extract<BuildEvent, { event: "progress" }>;

/** Share of a stage that is done: whole tasks, and of the running ones the bytes read. */
function share({ tasks, tasks_done, bytes, bytes_total }: Running): number {
  if (tasks === 0) return 0;
  const running = bytes_total > 0 ? Math.min(1, bytes / bytes_total) : 0;
  return Math.min(1, (tasks_done + (tasks_done < tasks ? running : 0)) / tasks);
}

/** Kinds of stages that work without rows: of them there is only a share to tell. */
const WITHOUT_ROWS: ReadonlySet<string> = new Set(["decide", "finish"]);

interface Started {
  kind: string;
  at: number;
}

function facts(event: Running, { kind, at }: Started, now: number): { rows: string; eta: string } {
  const done = share(event);
  const seconds = (now - at) / 1000;
  const rate = seconds > 0 ? compact(event.rows_in / seconds) : "0";
  const dropped = percent(Math.max(0, event.rows_in - event.rows_out), event.rows_in);
  return {
    rows: WITHOUT_ROWS.has(kind) ? "" : `${compact(event.rows_in)} rows, ${rate} rows/s, ${dropped} dropped, `,
    eta: done > 0.01 && done < 1 ? duration((seconds * (1 - done)) / done) : "-",
  };
}

function warn(output: Output, event: BuildEvent): void {
  if (event.event === "warning")
    output.alert({ color: "yellow", text: `warning[${event.code}]` }, `: ${event.message}`);
}

function warningsOnly(output: Output): Progress {
  return { onEvent: (event) => warn(output, event), close: () => undefined };
}

/** Exported for its test; `now` is the clock. */
export function plainLines(output: Output, now: () => number): Progress {
  const started = new Map<number, Started>();
  let told = now();
  return {
    onEvent(event) {
      warn(output, event);
      if (event.event === "build_start" && event.resumed) output.note("going on with an earlier attempt of this build");
      if (event.event === "stage_start") started.set(event.stage, { kind: event.kind, at: now() });
      if (event.event !== "progress" || now() - told < 30_000) return;
      told = now();
      const { rows, eta } = facts(event, started.get(event.stage) ?? { kind: "map", at: told }, told);
      output.note(`${oneLine(event.name)}: ${Math.round(100 * share(event))} %, ${rows}${eta} left`);
    },
    close: () => undefined,
  };
}

function bars(): Progress {
  // Loaded where there is a terminal to draw on.
  const { MultiBar } = createRequire(import.meta.url)("cli-progress") as typeof import("cli-progress");
  const multi = new MultiBar({
    format: " {name} {bar} {percentage} %, {rows}{eta} left",
    barsize: 24,
    barCompleteChar: "=",
    barIncompleteChar: " ",
    hideCursor: true,
    clearOnComplete: true,
    linewrap: false,
    forceRedraw: false,
    fps: 10,
    stream: process.stderr,
  });
  const open = new Map<number, { bar: SingleBar; started: Started }>();
  let closed = false;
  const blank = { rows: "", eta: "-" };
  return {
    onEvent(event) {
      if (closed) return;
      if (event.event === "warning") {
        multi.log(`warning[${oneLine(event.code)}]: ${oneLine(event.message)}\n`);
      } else if (event.event === "stage_start") {
        const name = oneLine(event.name).slice(0, 24).padEnd(24);
        const started = { kind: event.kind, at: Date.now() };
        open.set(event.stage, { bar: multi.create(1000, 0, { name, ...blank }), started });
      } else if (event.event === "progress") {
        const entry = open.get(event.stage);
        entry?.bar.update(Math.floor(1000 * share(event)), facts(event, entry.started, Date.now()));
      } else if (event.event === "stage_done") {
        const entry = open.get(event.stage);
        if (entry !== undefined) multi.remove(entry.bar);
        open.delete(event.stage);
      }
    },
    close() {
      if (closed) return;
      closed = true;
      multi.stop();
    },
  };
}

/** Times stand here and nowhere in the build's files. */
function jsonLines(output: Output): Progress {
  let told = 0;
  return {
    onEvent(event) {
      const now = Date.now();
      if (event.event === "progress") {
        if (now - told < 1000) return;
        told = now;
      }
      const { event: name, ...fields } = event;
      const step = "name" in event ? { step: event.name } : {};
      const took = "wall_ms" in event ? { dur_ms: event.wall_ms } : {};
      const level = name === "warning" ? "warn" : "info";
      const line = { ts: new Date(now).toISOString(), level, event: name, ...step, ...took, ...fields };
      output.stderr.write(`${visibleJson(line)}\n`);
    },
    close: () => undefined,
  };
}
