/** Dialogues as CSV: those of the exports at hand, repeated; every fourth copy is the same as the first. */
import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readBatches, runSteps } from "../../ts/api/index.ts";
import { DATA } from "./data.ts";
import { defaultInputs } from "./discord-export.mjs";

const ROWS = 240_000;
const path = join(DATA, `dialogues-${ROWS}.csv`);

const quoted = (field: string) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field);

/** `text,assistant_turns` of so many rows; a copy differs from the others by a number in its first message. */
export async function dialoguesCsv(): Promise<string> {
  if (existsSync(path)) return path;
  mkdirSync(DATA, { recursive: true });
  const first = join(DATA, `dialogues-${process.pid}.jsonl`);
  const steps = [{ name: "filter_messages" }, { name: "build_dialogues" }];
  await runSteps(steps, { inputs: defaultInputs(), format: "discord", out: first, overwrite: true });
  const rows: { text: string; assistant_turns: number }[] = [];
  for await (const batch of readBatches(first)) rows.push(...(batch.rows() as unknown as typeof rows));
  rmSync(first);
  const out = openSync(`${path}.tmp`, "w");
  writeFileSync(out, "text,assistant_turns\n");
  for (let written = 0, copy = 0; written < ROWS; copy++) {
    const mark = copy % 4 === 3 ? "" : `${copy} `;
    const part = rows.slice(0, ROWS - written);
    const lines = part.map((row) => `${quoted(row.text.replace("\n", `\n${mark}`))},${row.assistant_turns}`);
    writeFileSync(out, `${lines.join("\n")}\n`);
    written += part.length;
  }
  closeSync(out);
  renameSync(`${path}.tmp`, path);
  return path;
}

/** Rows of {@link dialoguesCsv}. */
export const DIALOGUES = ROWS;
