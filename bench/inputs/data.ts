/** Inputs of the suites, made once and kept outside the repository. */
import { spawnSync } from "node:child_process";
import {
  closeSync,
  createWriteStream,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { readJsonl } from "../baseline/read-jsonl.ts";
import { defaultInputs, readExport, writeExport } from "./discord-export.mjs";

const BENCH = join(dirname(fileURLToPath(import.meta.url)), "..");
export const DATA = join(BENCH, "data");
const PACKED = join(BENCH, "..", "..", "shared", "data", "perf", "chat_messages.jsonl.zst");

export const MESSAGES_JSONL = join(DATA, "chat_messages.jsonl");
export const MESSAGES_CSV = join(DATA, "chat_messages.csv");
const EXPORT_BYTES = 100e6;

/** Chat messages as rows of id and text: the shared set, or the contents of the bundled export. */
export function messagesJsonl(): string {
  mkdirSync(DATA, { recursive: true });
  if (existsSync(MESSAGES_JSONL)) return MESSAGES_JSONL;
  if (existsSync(PACKED)) {
    const unpacked = spawnSync("zstd", ["-q", "-f", "-d", PACKED, "-o", `${MESSAGES_JSONL}.tmp`]);
    if (unpacked.status !== 0) unpackWithPython();
  } else {
    const messages = defaultInputs().flatMap((path) => readExport(path).messages);
    const lines: string[] = [];
    for (let copy = 0; lines.length < 250_000; copy++) {
      for (const { id, content } of messages) lines.push(JSON.stringify({ id: `${id}-${copy}`, text: content }));
    }
    writeFileSync(`${MESSAGES_JSONL}.tmp`, `${lines.join("\n")}\n`);
  }
  renameSync(`${MESSAGES_JSONL}.tmp`, MESSAGES_JSONL);
  return MESSAGES_JSONL;
}

function unpackWithPython(): void {
  const script =
    "import sys, zstandard as z; z.ZstdDecompressor().copy_stream(open(sys.argv[1], 'rb'), open(sys.argv[2], 'wb'))";
  const python = process.env["PEER_PY"] ?? "python3";
  const unpacked = spawnSync(python, ["-c", script, PACKED, `${MESSAGES_JSONL}.tmp`], { encoding: "utf8" });
  if (unpacked.status !== 0) throw new Error(`install zstd to unpack ${PACKED}: ${unpacked.stderr}`);
}

const quoted = (field: string) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field);

/** The same rows as CSV. */
export async function messagesCsv(): Promise<string> {
  const source = messagesJsonl();
  if (existsSync(MESSAGES_CSV)) return MESSAGES_CSV;
  const out = createWriteStream(`${MESSAGES_CSV}.tmp`);
  out.write("id,text\n");
  for await (const { id, text } of readJsonl(source)) out.write(`${quoted(id)},${quoted(text)}\n`);
  await new Promise<void>((done, fail) => out.end(() => done()).on("error", fail));
  renameSync(`${MESSAGES_CSV}.tmp`, MESSAGES_CSV);
  return MESSAGES_CSV;
}

/** The chat messages as often repeated as it takes to reach so many bytes, ids told apart by the copy's number. */
export async function manyMessages(bytes: number): Promise<string> {
  const path = join(DATA, `chat_messages-${bytes / 1e6}mb.jsonl`);
  if (existsSync(path)) return path;
  const rows: { id: string; text: string }[] = [];
  for await (const row of readJsonl(messagesJsonl())) rows.push(row);
  const out = openSync(`${path}.tmp`, "w");
  let written = 0;
  for (let copy = 0; written < bytes; copy++) {
    const lines = rows.map(({ id, text }) => JSON.stringify({ id: `${id}-${copy}`, text }));
    const block = Buffer.from(`${lines.join("\n")}\n`);
    writeFileSync(out, block);
    written += block.length;
  }
  closeSync(out);
  renameSync(`${path}.tmp`, path);
  return path;
}

/** An export of about so many bytes. */
export function exportOf(bytes: number): string {
  mkdirSync(DATA, { recursive: true });
  const path = join(DATA, `export-${bytes / 1e6}mb.json`);
  if (!existsSync(path)) {
    writeExport(defaultInputs(), `${path}.tmp`, bytes);
    renameSync(`${path}.tmp`, path);
  }
  return path;
}

/** An export of 100 MB. */
export const discordExport = (): string => exportOf(EXPORT_BYTES);

export const size = (path: string): number => statSync(path).size;

/** Messages of an export, parsed. */
export function exportMessages(path: string): ExportFile {
  return JSON.parse(readFileSync(path, "utf8")) as ExportFile;
}

export interface ExportFile {
  guild: { id: string };
  channel: { id: string };
  messages: { id: string; content: string; author: { id: string }; reference?: { messageId: string | null } }[];
}
