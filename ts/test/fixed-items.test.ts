import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readBatches } from "../api/index.ts";
import { addon } from "./cli-process.ts";
import { runCommand } from "./run-command.ts";

// What the replaced programs did wrong with messages, chains and forbidden terms, one test each. The faults of the
// tools for tables are in aliases.test.ts, those of the cleaning rules in crates/gristmill-text/tests/fixed_items.rs.

const work = mkdtempSync(join(tmpdir(), "gm-fixed-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const folder = (): string => mkdtempSync(join(work, "in-"));

const quoted = (field: string) => (/[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field);
const csv = (header: string, rows: string[][]) =>
  `${[header, ...rows.map((row) => row.map(quoted).join(","))].join("\n")}\n`;

/** Runs a command over a table; gives its rows. */
async function run(command: string, header: string, rows: string[][], ...more: string[]) {
  const [input, out] = [join(folder(), "in.csv"), join(folder(), "out.csv")];
  writeFileSync(input, csv(header, rows));
  await runCommand(command, input, "-o", out, ...more);
  const got: Record<string, unknown>[] = [];
  for await (const batch of readBatches(out)) got.push(...batch.rows());
  return got;
}

const MESSAGES = "message_id,message_reference_message_id,guild_id,channel_id,author_id,author_bot,content,timestamp";

/** A message table of `id`, `reply to`, author and content. */
function messages(...rows: [id: string, to: string, author: string, content: string][]): string[][] {
  return rows.map(([id, to, author, content]) => [
    id,
    to,
    "1",
    "2",
    author,
    "false",
    content,
    "2024-01-01T00:00:00.000Z",
  ]);
}

async function filtered(content: string, ...more: string[]): Promise<string | undefined> {
  const [row] = await run("filter", MESSAGES, messages(["1", "", "a", content]), ...more);
  return row === undefined ? undefined : String(row.content);
}

async function chains(rows: string[][], ...more: string[]): Promise<string[]> {
  return (await run("chains", MESSAGES, rows, ...more)).map((row) => String(row.text));
}

/** A dialogue in which the roles alternate towards an assistant at the end. */
function dialogue(...turns: string[]): string {
  const role = (at: number) => ((turns.length - 1 - at) % 2 === 0 ? "assistant" : "user");
  return `${turns.map((turn, at) => `<|im_start|>${role(at)}\n${turn}<|im_end|>`).join("\n")}<|end_of_text|>`;
}

describe.skipIf(!addon)("tables", () => {
  it("both kinds of line ends are read, and the line feed is written", async () => {
    const [input, out] = [join(folder(), "in.csv"), join(folder(), "out.csv")];
    writeFileSync(input, 'a,b\r\n1,"x\ny"\r\n2,z\n');
    await runCommand("dropcols", input, "-o", out);
    expect(readFileSync(out, "utf8")).toBe('a,b\n1,"x\ny"\n2,z\n');
  });

  it.each(["smartclean", "tos"])("%s leaves the words NA, null, None and nan in other columns alone", async (name) => {
    const words = ["NA", "null", "None", "nan"];
    const text = (word: string) => dialogue(`what is ${word} here`, "a word like others");
    const rows = await run(
      name,
      "note,text",
      words.map((word) => [word, text(word)]),
    );
    expect(rows.map((row) => row.note).sort()).toEqual([...words].sort());
    for (const row of rows) expect(row.text).toBe(text(String(row.note)));
  });
});

describe.skipIf(!addon)("messages", () => {
  it("an ellipsis goes without the word behind it", async () => {
    expect(await filtered("... so it works")).toBe(" so it works");
    expect(await filtered("... so it works", "--parity")).toBe(" it works");
  });

  it("a command goes as a whole message", async () => {
    expect(await filtered("!help please")).toBeUndefined();
    expect(await filtered(".help please")).toBeUndefined();
    expect(await filtered("!help please", "--parity")).toBe(" please");
  });
});

describe.skipIf(!addon)("chains", () => {
  const siblings = messages(
    ["10", "", "a", "question"],
    ["13", "10", "b", "third"],
    ["12", "10", "b", "second"],
    ["11", "10", "b", "first"],
  );

  it("replies side by side stand in order of their ids", async () => {
    expect(await chains(siblings)).toEqual([dialogue("question", "first\nsecond\nthird")]);
    expect(await chains([...siblings].reverse())).toEqual([dialogue("question", "first\nsecond\nthird")]);
  });

  it("an author keeps one role, and what he says in a row stays in order", async () => {
    const rows = messages(
      ["1", "", "a", "one"],
      ["2", "1", "a", "two"],
      ["3", "2", "a", "three"],
      ["4", "3", "b", "answer"],
    );
    expect(await chains(rows)).toEqual([dialogue("one\ntwo\nthree", "answer")]);
    expect((await chains(rows, "--parity"))[0]).toContain("one\nthree");
  });

  it("a tree is read whole, along its longest line, or once for each last reply", async () => {
    const rows = messages(
      ["1", "", "a", "root"],
      ["2", "1", "b", "left"],
      ["3", "1", "b", "right"],
      ["4", "3", "a", "below"],
      ["5", "4", "b", "last"],
    );
    expect(await chains(rows)).toEqual([dialogue("root", "left\nright", "below", "last")]);
    expect(await chains(rows, "--paths", "longest_path")).toEqual([dialogue("root", "right", "below", "last")]);
    expect((await chains(rows, "--paths", "every_leaf")).sort()).toEqual(
      [dialogue("root", "left"), dialogue("root", "right", "below", "last")].sort(),
    );
  });

  it("a loop of replies ends, and a message whose reference is missing starts a chain", async () => {
    const rows = messages(
      ["1", "2", "a", "loop"],
      ["2", "1", "b", "pool"],
      ["7", "99", "a", "hello there"],
      ["8", "7", "b", "hello back"],
      ["9", "98", "a", "unanswered"],
    );
    expect(await chains(rows)).toEqual([dialogue("hello there", "hello back")]);
  });
});

describe.skipIf(!addon)("forbidden terms", () => {
  const LEXICON = '{"fruit": ["banana", "kiwi"]}';

  async function screened(text: string, ...more: string[]): Promise<unknown> {
    return (await run("tos", "text", [[text]], ...more))[0]?.text;
  }
  const caught = async (text: string) => (await screened(text, "--lexicon", LEXICON, "--lexicon-only")) === undefined;
  const redacted = (text: string) => screened(text, "--action", "redact");

  it("a term inside a longer word is none", async () => {
    for (const text of ["a method to do something", "keep it clean", "tcp and acpi tonight", "did he have a kid"]) {
      expect(await screened(text), text).toBe(text);
    }
    expect(await caught("bananarama")).toBe(false);
  });

  it("gaps count where letters are apart evenly, not across words", async () => {
    for (const text of ["this is fine", "is c a language", "c p u time", "kiw i"]) {
      expect(await screened(text, "--lexicon", LEXICON), text).toBe(text);
    }
    expect(await caught("k i w i")).toBe(true);
    expect(await caught("k.i.w.i")).toBe(true);
  });

  it("different letters are not mixed: c and l are no d, x is no k", async () => {
    expect(await caught("xiwi")).toBe(false);
    expect(await caught("kiwl")).toBe(false);
    expect(await caught("k1w1")).toBe(true);
  });

  it("Cyrillic and Greek look-alikes and signs without width hide nothing", async () => {
    expect(await caught("b\u0430n\u0430na")).toBe(true);
    expect(await caught("k\u03b9wi")).toBe(true);
    expect(await caught("ki\u200bwi")).toBe(true);
  });

  it("doubled letters and letters of one set match themselves", async () => {
    const lexicon = '{"x": ["weed", "cvv", "keylogger", "skimmer"]}';
    for (const text of ["weed", "cvv", "keylogger", "skimmer"]) {
      expect(await screened(text, "--lexicon", lexicon, "--lexicon-only"), text).toBeUndefined();
    }
  });

  it("mail addresses in capitals and in words are found", async () => {
    expect(await redacted("ask BOB@EXAMPLE.ORG now")).toBe("ask [REDACTED] now");
    expect(await redacted("ask bob (at) example (dot) org now")).toBe("ask [REDACTED] now");
  });

  it("addresses of machines are found inside a line, of both versions", async () => {
    expect(await redacted("ping 91.198.174.192 now")).toBe("ping [REDACTED] now");
    expect(await redacted("ping 2001:db8:85a3::8a2e:370:7334 now")).toBe("ping [REDACTED] now");
  });

  it("wallets of the newer shape are found", async () => {
    const wallet = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4";
    expect(await redacted(`send it to ${wallet} now`)).toBe("send it to [REDACTED] now");
  });

  it("bare numbers are no phone numbers", async () => {
    for (const text of ["see bug 1234567 there", "paste 5551234 has it"]) expect(await redacted(text), text).toBe(text);
    expect(await redacted("call me at 555-123-4567 now")).not.toContain("4567");
  });

  it("numbers of social security count by their shape; ranges that are issued are an option", async () => {
    expect(await redacted("his is 123-45-6789 now")).toBe("his is [REDACTED] now");
    const never = "his is 987-65-4321 now";
    expect(await redacted(never)).toBe("his is [REDACTED] now");
    expect(await screened(never, "--action", "redact", "--ssn-ranges")).toBe(never);
  });

  it("what only shows after folding is redacted too", async () => {
    const wide = [..."banana"].map((letter) => String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0)).join("");
    const args = ["--action", "redact", "--lexicon", LEXICON, "--lexicon-only"];
    expect(await screened(`eat a ${wide} today`, ...args)).toBe("eat a [REDACTED] today");
  });

  it("all files of a folder are in the output, in order", async () => {
    const path = folder();
    for (const name of ["b", "a"]) writeFileSync(join(path, `${name}.csv`), csv("text", [[`from ${name}`]]));
    const out = join(folder(), "out.csv");
    await runCommand("tos", "--in", path, "-o", out);
    expect(readFileSync(out, "utf8")).toBe("text\nfrom a\nfrom b\n");
  });

  it("hits are told with category, rule and place", async () => {
    const [input, out] = [join(folder(), "in.csv"), join(folder(), "out.jsonl")];
    writeFileSync(input, csv("text", [["eat a banana"]]));
    const lexicon = ["--lexicon", LEXICON, "--lexicon-only"];
    await runCommand("tos", input, "-o", out, "--action", "flag", ...lexicon);
    const { tos } = JSON.parse(readFileSync(out, "utf8")) as { tos: Record<string, unknown>[] };
    expect(tos).toMatchObject([{ category: "fruit", start: 6, end: 12 }]);
    const off = await screened("eat a banana", ...lexicon, "--categories.fruit", "off");
    expect(off).toBe("eat a banana");
  });
});
