import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readBatches } from "../api/index.ts";
import { addon, expectBalanced, expectFailure, expectNoDataset, gristmill, manifestOf, root } from "./cli-process.ts";

const folder = mkdtempSync(join(tmpdir(), "gm-input-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const EXPORT = gunzipSync(readFileSync(join(root, "fixtures/recipes/discord/export.json.gz")));
const SMALL = `name: small
vars: { input: in.csv }
sources:
  - files: "\${input}"
steps:
  - dedupe: { by: [exact] }
outputs:
  - dataset
`;

let made = 0;

/** Builds from a file of these bytes; gives the result and the output folder. */
async function buildFrom(recipe: string, name: string, content: Buffer | string, more: string[] = []) {
  made += 1;
  const path = join(folder, `${made}-${name}`);
  writeFileSync(path, content);
  return { path, ...(await buildOf(recipe, path, more)) };
}

async function buildOf(recipe: string, path: string, more: string[] = [], timeoutMs = 30_000) {
  const out = join(folder, `out-${basename(path)}`);
  writeFileSync(join(folder, "small.yaml"), SMALL);
  const result = await gristmill(["build", recipe, "--var", `input=${path}`, "-o", out, ...more], {
    cwd: folder,
    timeoutMs,
  });
  return { result, out };
}

interface TraceRow {
  id: string;
  step: string;
  kind: string;
  reason: string;
}

async function traceOf(out: string): Promise<TraceRow[]> {
  const rows: TraceRow[] = [];
  for (const name of readdirSync(join(out, "trace"))) {
    for await (const batch of readBatches(join(out, "trace", name)))
      rows.push(...(batch.rows() as unknown as TraceRow[]));
  }
  return rows;
}

async function quarantined(out: string): Promise<string[]> {
  return (await traceOf(out)).filter(({ kind }) => kind === "quarantined").map(({ reason }) => reason);
}

const DISCORD = "discord-dialogues";
const message = (id: string, content: string, reply: string | null = null, author = "7"): object => ({
  id,
  type: reply === null ? "Default" : "Reply",
  timestamp: "2020-01-01T00:00:00+00:00",
  content,
  author: { id: author, isBot: false },
  ...(reply === null ? {} : { reference: { messageId: reply, channelId: "2", guildId: "1" } }),
});
const exportOf = (messages: readonly object[]): string =>
  JSON.stringify({ guild: { id: "1", name: "g" }, channel: { id: "2", name: "c" }, messages });

describe.skipIf(!addon)("input that is damaged as a whole", () => {
  let parquet: Buffer;
  beforeAll(async () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => `row ${i}`).join("\n");
    writeFileSync(join(folder, "rows.csv"), `text\n${lines}\n`);
    const made = await gristmill(["limit", "rows.csv", "--rows", "20000", "-o", "rows.parquet"], { cwd: folder });
    expect(made.code, made.stderr).toBe(0);
    parquet = readFileSync(join(folder, "rows.parquet"));
  });

  const truncated: [string, string, () => Buffer][] = [
    [
      "gzip",
      "t.json.gz",
      () => readFileSync(join(root, "fixtures/recipes/discord/export.json.gz")).subarray(0, 30_000),
    ],
    ["an export", "t.json", () => EXPORT.subarray(0, 200_000)],
  ];
  it.each(truncated)("truncated %s", async (_what, name, content) => {
    const { result, out, path } = await buildFrom(DISCORD, name, content());
    expectFailure(result, 3, "GM_READ_TRUNCATED");
    expect(result.stderr).toContain(path);
    expect(result.stderr).toMatch(/at byte \d+/);
    expectNoDataset(out);
  });

  it("truncated gzip keeps the rows before the damage where the recipe says so", async () => {
    const whole = gzipSync(`text\n${Array.from({ length: 50_000 }, (_, i) => `row ${i * 7919}`).join("\n")}\n`);
    writeFileSync(join(folder, "keep.yaml"), SMALL.replace(/files: .*/, `csv: { path: "\${input}", on_damage: keep }`));
    const { result, out } = await buildFrom("keep.yaml", "k.csv.gz", whole.subarray(0, whole.length >> 1));
    expect(result.code, result.stderr).toBe(0);
    const rows = manifestOf(out).outputs[0]?.rows ?? 0;
    expect(rows).toBeGreaterThan(1_000);
    expect(rows).toBeLessThan(50_000);
    expect(await quarantined(out)).toContain("GM_READ_TRUNCATED");
  });

  it("truncated zstd", async () => {
    // A frame header and the beginning of a block: as little as a broken download may leave.
    const frame = Buffer.from("28b52ffd64000065020074657874", "hex");
    const { result, out } = await buildFrom("small.yaml", "t.csv.zst", frame);
    expect(result.code, result.stderr).toBe(3);
    expect(result.stderr).toMatch(/error\[GM_READ_(TRUNCATED|DAMAGED)\]: .*t\.csv\.zst/);
    expectNoDataset(out);
  });

  it("truncated Parquet, and Parquet with a damaged page", async () => {
    const half = await buildFrom("small.yaml", "half.parquet", parquet.subarray(0, parquet.length >> 1));
    expect(half.result.code, half.result.stderr).toBe(3);
    expect(half.result.stderr).toMatch(/error\[GM_READ_(TRUNCATED|DAMAGED)\]: .*half\.parquet/);
    expectNoDataset(half.out);
    const flipped = Buffer.from(parquet);
    for (let at = 4; at < 24; at += 1) flipped[at] = (flipped[at] ?? 0) ^ 0xff;
    const damaged = await buildFrom("small.yaml", "flip.parquet", flipped);
    expectFailure(damaged.result, 3, "GM_READ_DAMAGED");
    expectNoDataset(damaged.out);
  });

  it.each([
    ["an object", '{"a":1}', "GM_READ_NOT_AN_EXPORT"],
    [
      "an object with messages that are no list",
      '{"guild":{"id":"1"},"channel":{"id":"2"},"messages":"no"}',
      "GM_READ_NOT_AN_EXPORT",
    ],
    ["an array of other rows", '[{"text":"b"}]', "GM_READ_NOT_AN_EXPORT"],
    ["a line of prose", "hello world\n", "GM_READ_UNKNOWN_FORMAT"],
    ["binary rubbish", Buffer.from(Array.from({ length: 4000 }, (_, i) => (i * 7919) % 256)), "GM_READ_UNKNOWN_FORMAT"],
  ])("an export that is %s", async (_what, content, code) => {
    const { result, out, path } = await buildFrom(DISCORD, "not.json", content);
    expectFailure(result, 3, code);
    expect(result.stderr).toContain(path);
    expectNoDataset(out);
  });

  it("what says gzip by its name but is none", async () => {
    const { result, out } = await buildFrom(DISCORD, "plain.json.gz", "a,b\n1,2\n");
    expect(result.code, result.stderr).toBe(3);
    expectNoDataset(out);
  });

  it("input that cannot be opened", async () => {
    // A dangling link is unreadable even to root.
    const { symlinkSync } = await import("node:fs");
    symlinkSync(join(folder, "nowhere"), join(folder, "link.csv"));
    const { result, out } = await buildOf("small.yaml", join(folder, "link.csv"));
    expectFailure(result, 3, "GM_PLAN_NO_INPUT");
    expectNoDataset(out);
  });
});

describe.skipIf(!addon)("rows that cannot be read", () => {
  it("of JSON Lines are set aside one by one", async () => {
    const lines = ['{"text":"a"}', "{bad", "[1]", '"s"', '{"text":"b"}', "", '{"text":"c"'];
    const bytes = Buffer.concat([
      Buffer.from(`${lines.slice(0, 6).join("\n")}\n{"text":"`),
      Buffer.from([0xff, 0xfe]),
      Buffer.from(`"}\n${lines[6]}`),
    ]);
    const { result, out } = await buildFrom("small.yaml", "bad.jsonl", bytes);
    expect(result.code, result.stderr).toBe(0);
    const manifest = manifestOf(out);
    expectBalanced(manifest);
    expect(manifest.steps[0]).toMatchObject({ rows_in: 7, rows_out: 2, quarantined: 5 });
    expect((await quarantined(out)).sort()).toEqual([
      "GM_READ_JSON",
      "GM_READ_JSON",
      "GM_READ_NOT_AN_OBJECT",
      "GM_READ_NOT_AN_OBJECT",
      "GM_READ_UTF8",
    ]);
    expect(result.stdout).toContain("bad 5");
  });

  it("of CSV are set aside one by one", async () => {
    const bytes = Buffer.concat([
      Buffer.from("a,text\n1,x\n2\n3,y,z\n4,"),
      Buffer.from([0xff]),
      Buffer.from('\n5,ok\n6,"w\n7,q\n'),
    ]);
    const { result, out } = await buildFrom("small.yaml", "bad.csv", bytes);
    expect(result.code, result.stderr).toBe(0);
    const manifest = manifestOf(out);
    expectBalanced(manifest);
    expect(manifest.steps[0]).toMatchObject({ rows_in: 6, rows_out: 2, quarantined: 4 });
    expect((await quarantined(out)).sort()).toEqual([
      "GM_READ_CSV_FIELDS",
      "GM_READ_CSV_FIELDS",
      "GM_READ_CSV_QUOTES",
      "GM_READ_UTF8",
    ]);
  });

  it("end the build where more of them than allowed are met", async () => {
    const { result, out } = await buildFrom("small.yaml", "few.jsonl", '{"text":"a"}\n{bad\n', ["--max-bad-rows", "0"]);
    expectFailure(result, 1, "GM_RUN_TOO_MANY_BAD_ROWS");
    expectNoDataset(out);
  });

  it("invalid UTF-8 is replaced where the recipe says so", async () => {
    writeFileSync(
      join(folder, "replace.yaml"),
      SMALL.replace(/files: .*/, `csv: { path: "\${input}", invalid_utf8: replace }`),
    );
    const bytes = Buffer.concat([Buffer.from("text\nab"), Buffer.from([0xff]), Buffer.from("c\n")]);
    const { result, out } = await buildFrom("replace.yaml", "u.csv", bytes);
    expect(result.code, result.stderr).toBe(0);
    for await (const batch of readBatches(join(out, "data/train-00000-of-00001.parquet")))
      expect(batch.rows()).toEqual([{ text: "ab\ufffdc" }]);
  });

  it.each(["jsonl", "csv"])("a single line of 200 MB in %s, in less than 512 MB", async (format) => {
    const path = join(folder, `long.${format}`);
    const file = openSync(path, "w");
    const megabyte = Buffer.alloc(1 << 20, "lorem ipsum ");
    writeSync(file, format === "csv" ? 'text\nfirst\n"' : '{"text":"first"}\n{"text":"');
    for (let i = 0; i < 200; i += 1) writeSync(file, megabyte);
    writeSync(file, format === "csv" ? '"\nlast\n' : '"}\n{"text":"last"}\n');
    closeSync(file);
    const { result, out } = await buildOf("small.yaml", path, [], 60_000);
    expect(result.code, result.stderr).toBe(0);
    expect(result.peakBytes).toBeLessThan(512 * 1024 * 1024);
    const manifest = manifestOf(out);
    expect(manifest.steps[0]).toMatchObject({ rows_in: 3, rows_out: 2, quarantined: 1 });
    expect(await quarantined(out)).toEqual(["GM_READ_TOO_LONG"]);
    // The row is referred to, not copied.
    expect(manifest.trace.reduce((sum, file) => sum + file.bytes, 0)).toBeLessThan(100_000);
    rmSync(path);
  });

  it("messages of an export that are none", async () => {
    const good = [
      message("10", "does anyone know how to mill wheat"),
      message("11", "with a stone, slowly and twice", "10", "8"),
    ];
    const { result, out } = await buildFrom(
      DISCORD,
      "some.json",
      exportOf([...good, { x: 1 }, message("12", "x y z here", "10"), 7 as unknown as object]),
    );
    expect(result.code, result.stderr).toBe(0);
    const manifest = manifestOf(out);
    expectBalanced(manifest);
    expect(manifest.steps[0]).toMatchObject({ rows_in: 5, rows_out: 3, quarantined: 2 });
  });
});

describe.skipIf(!addon)("replies that make no sense", () => {
  it("duplicate ids, cycles, replies to oneself and to nothing have a defined end", async () => {
    const messages = [
      message("100", "does anyone here know how to mill wheat"),
      message("101", "with a stone, slowly, and then twice more", "100", "8"),
      message("101", "the same number once more, said differently", "100", "8"),
      message("200", "first of a circle of two messages", "201"),
      message("201", "second of a circle of two messages", "200", "8"),
      message("300", "a message that answers itself somehow", "300"),
      message("400", "an answer to what was never exported", "999", "8"),
      message("401", "and an answer to that answer as well", "400", "7"),
    ];
    const { result, out } = await buildFrom(DISCORD, "replies.json", exportOf(messages));
    expect(result.code, result.stderr).toBe(0);
    expect(result.ms).toBeLessThan(30_000);
    const manifest = manifestOf(out);
    expectBalanced(manifest);
    const step = (name: string) => manifest.steps.find((one) => one.name === name);
    expect(step("filter_messages")?.dropped).toMatchObject({ duplicate_id: 1 });
    expect(step("build_dialogues")?.dropped).toMatchObject({ reply_cycle: 3 });
    expect(step("build_dialogues")?.rows_out).toBe(2);
  });
});

describe.skipIf(!addon)("empty input", () => {
  const columns =
    "message_id,message_reference_message_id,guild_id,channel_id,author_id,author_bot,content,timestamp\n";
  it.each([
    [DISCORD, "empty file", "e.json", ""],
    [DISCORD, "empty table", "e.csv", ""],
    [DISCORD, "export without messages", "none.json", exportOf([])],
    [DISCORD, "table with a header alone", "header.csv", columns],
    ["small.yaml", "empty CSV", "s.csv", ""],
    ["small.yaml", "CSV with a header alone", "h.csv", "a,text\n"],
    ["small.yaml", "empty JSON Lines", "s.jsonl", ""],
    ["small.yaml", "empty array", "s.json", "[]"],
    ["small.yaml", "gzip of nothing", "s.jsonl.gz", gzipSync("")],
  ])("%s: %s gives a data set without rows, and says so", async (recipe, _what, name, content) => {
    const { result, out } = await buildFrom(recipe, name, content);
    expect(result.code, result.stderr).toBe(0);
    expect(result.stderr).toContain("warning[GM_RUN_NO_ROWS]");
    const manifest = manifestOf(out);
    expect(manifest.outputs.map(({ path, rows }) => [path, rows])).toEqual([["data/train-00000-of-00001.parquet", 0]]);
    const inspected = await gristmill(["inspect", join(out, "data/train-00000-of-00001.parquet"), "--json"]);
    expect(inspected.code, inspected.stderr).toBe(0);
    expect(JSON.parse(inspected.stdout)).toMatchObject({ rows: 0 });
    expect((await gristmill(["verify", out])).code).toBe(0);
  });
});
