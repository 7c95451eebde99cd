import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { root } from "./cli-process.ts";

interface Message {
  id: string;
  reference?: { messageId?: string };
}

/** Two copies of two messages never meet in one id. */
const ID_STEP = (1n << 22n) + 1n;

/** The bundled export, repeated with ids of its own in every copy until there are so many bytes. */
export function writeBigExport(path: string, bytes: number): void {
  const text = gunzipSync(readFileSync(join(root, "fixtures/recipes/discord/export.json.gz"))).toString("utf8");
  const { messages, ...head } = JSON.parse(text) as { messages: Message[] };
  const file = openSync(path, "w");
  let written = writeSync(file, `${JSON.stringify(head).slice(0, -1)},"messages":[`);
  for (let copy = 0n; written < bytes; copy += 1n) {
    const moved = messages.map((message) => JSON.stringify(move(message, copy * ID_STEP)));
    written += writeSync(file, `${copy === 0n ? "" : ","}${moved.join(",\n")}`);
  }
  writeSync(file, "]}");
  closeSync(file);
}

function move(message: Message, by: bigint): Message {
  const id = (BigInt(message.id) + by).toString();
  const target = message.reference?.messageId;
  if (target === undefined) return { ...message, id };
  return { ...message, id, reference: { ...message.reference, messageId: (BigInt(target) + by).toString() } };
}
