#!/usr/bin/env node
/**
 * Makes a big Discord export out of a real one, as often repeated as it takes, for the memory and speed figures of
 * whole builds. Ids, reply references and times move on from copy to copy, so that every chain of the original stays
 * intact inside its copy and no two messages share an id; authors stay who they are.
 *
 *   node bench/inputs/discord-export.mjs --gb 2 --out /tmp/export-2gb.json [--in export.json.gz ...]
 *
 * The text of one copy is laid out once. For the next copy only the digits that differ are counted up in place, so
 * the disk is the limit.
 */
import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";

/** One millisecond of a Discord id, and one more: two copies of two messages can never meet in one id. */
const ID_STEP = (1 << 22) + 1;

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const FOLDERS = [join(ROOT, "..", "shared", "data", "chat"), join(ROOT, "fixtures", "recipes", "discord")];

/** The exports at hand: the shared real ones if they are there, else the bundled sample. */
export function defaultInputs() {
  for (const folder of FOLDERS) {
    if (!existsSync(folder)) continue;
    const names = readdirSync(folder).filter((name) => /^export.*\.json(\.gz)?$/.test(name));
    if (names.length > 0) return names.sort().map((name) => join(folder, name));
  }
  throw new Error("no export found: name one with --in");
}

export function readExport(path) {
  const bytes = readFileSync(path);
  return JSON.parse((path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8"));
}

/** The text of one copy, where its messages end, and where the digits stand that change. */
function layOut(messages) {
  const pieces = [];
  const ends = [];
  const ids = [];
  const times = [];
  let at = 0;
  for (const message of messages) {
    const whole = JSON.stringify({ messages: [message] }, null, 1);
    const text = `${whole.slice(whole.indexOf("  {"), whole.lastIndexOf("\n ]"))},\n`;
    const bytes = Buffer.from(text, "utf8");
    const place = (key, value, from) => {
      const found = bytes.indexOf(`"${key}": "${value}"`, from);
      if (found < 0) throw new Error(`message ${message.id} has no ${key} where one was expected`);
      return at + found + Buffer.byteLength(key) + 5;
    };
    ids.push({ at: place("id", message.id, 0), digits: message.id.length });
    times.push({ at: place("timestamp", message.timestamp, 0), length: message.timestamp.length });
    const target = message.reference?.messageId;
    if (typeof target === "string") {
      ids.push({ at: place("messageId", target, bytes.indexOf('"reference": {')), digits: target.length });
    }
    pieces.push(bytes);
    at += bytes.length;
    ends.push(at);
  }
  return { text: Buffer.concat(pieces, at), ends, ids, times };
}

/** Adds to a decimal number that stands in the text. */
function countUp(text, { at, digits }, step) {
  let carry = step;
  for (let i = at + digits - 1; carry > 0; i--) {
    if (i < at) throw new Error("an id would need one more digit");
    const sum = text[i] - 48 + (carry % 10);
    carry = Math.floor(carry / 10);
    if (sum > 9) carry += 1;
    text[i] = 48 + (sum % 10);
  }
}

/** Moves a time such as `2029-05-31T00:58:47.000+00:00` on by a millisecond. */
function tick(text, { at, length }) {
  const last = at + 22;
  if (length >= 23 && text[at + 19] === 46 && text[last] < 57) {
    text[last] += 1;
    return;
  }
  const old = text.toString("latin1", at, at + length);
  const moved = new Date(Date.parse(old) + 1).toISOString().slice(0, 23);
  text.write(`${moved}+00:00`.slice(0, length), at, "latin1");
}

/** Writes an export of about `bytes` bytes; returns what was written. */
export function writeExport(inputs, out, bytes) {
  const exports = inputs.map(readExport);
  const messages = exports.flatMap((one) => one.messages);
  if (messages.length === 0) throw new Error("the input has no messages");
  const { messages: _, messageCount: __, ...head } = exports[0];
  const copy = layOut(messages);
  const file = openSync(out, "w");
  let written = 0;
  let count = 0;
  const put = (buffer) => {
    for (let done = 0; done < buffer.length; ) done += writeSync(file, buffer, done);
    written += buffer.length;
  };
  put(Buffer.from(`${JSON.stringify(head, null, 1).slice(0, -2)},\n "messages": [\n`));
  while (written < bytes) {
    const room = bytes - written;
    let last = copy.ends.findIndex((end) => end >= room);
    if (last < 0) last = copy.ends.length - 1;
    const end = copy.ends[last];
    count += last + 1;
    const final = written + end >= bytes;
    // The last message of the file has no comma behind it.
    put(copy.text.subarray(0, final ? end - 2 : end));
    if (final) break;
    for (const id of copy.ids) countUp(copy.text, id, ID_STEP);
    for (const time of copy.times) tick(copy.text, time);
  }
  put(Buffer.from(`\n ],\n "messageCount": ${count}\n}`));
  closeSync(file);
  return { bytes: written, messages: count };
}

function main() {
  const { values } = parseArgs({
    options: {
      gb: { type: "string" },
      mb: { type: "string" },
      out: { type: "string" },
      in: { type: "string", multiple: true },
    },
  });
  const bytes = values.gb !== undefined ? Number(values.gb) * 1e9 : Number(values.mb) * 1e6;
  if (!(bytes > 0) || values.out === undefined) {
    process.stderr.write("usage: discord-export.mjs --gb N | --mb N --out FILE [--in EXPORT ...]\n");
    process.exitCode = 2;
    return;
  }
  const start = process.hrtime.bigint();
  const done = writeExport(values.in ?? defaultInputs(), values.out, bytes);
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  process.stdout.write(`${JSON.stringify({ ...done, seconds, mb_per_s: Math.round(done.bytes / 1e6 / seconds) })}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
