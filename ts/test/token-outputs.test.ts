import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { addon, expectFailure, gristmill } from "./cli-process.ts";

const folder = mkdtempSync(join(tmpdir(), "gm-token-out-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ROWS = 2_000;
const rows = Array.from({ length: ROWS }, (_, n) => ({
  name: `r${n}`,
  ids: Array.from({ length: 1 + ((n * 37) % 90) }, (_, i) => (n * 131 + i * 7) % 50_000),
}));

async function build(name: string, outputs: unknown[], steps: unknown[] = []): Promise<string> {
  const recipe = { name, sources: [{ jsonl: { path: "in.jsonl", key: "name" } }], steps, outputs };
  writeFileSync(join(folder, "in.jsonl"), `${rows.map((row) => JSON.stringify(row)).join("\n")}\n`);
  writeFileSync(join(folder, `${name}.yaml`), JSON.stringify(recipe));
  const out = join(folder, name);
  const result = await gristmill(["build", `${name}.yaml`, "-o", out], { cwd: folder });
  expect(result.code, result.stderr).toBe(0);
  const verified = await gristmill(["verify", out], { cwd: folder });
  expect(verified.code, verified.stderr).toBe(0);
  return out;
}

/** Head and numbers of an .npy file, after its published layout. */
function npy(path: string): { head: string; bytes: Buffer } {
  const bytes = readFileSync(path);
  expect(bytes.subarray(0, 8)).toEqual(Buffer.from("\x93NUMPY\x01\x00", "latin1"));
  const end = 10 + bytes.readUInt16LE(8);
  expect(end % 64).toBe(0);
  return { head: bytes.toString("latin1", 10, end).trim(), bytes: bytes.subarray(end) };
}

describe.skipIf(!addon)("outputs of token ids", () => {
  it("numpy: arrays of all ids, and where rows begin, in several files", async () => {
    const out = await build("numpy", [{ numpy: { column: "ids", vocab_size: 50_000, shard_bytes: 100_000 } }]);
    const files = readdirSync(join(out, "data"));
    const arrays = files.filter((name) => !name.includes("offsets"));
    expect(arrays.length).toBeGreaterThan(1);
    const found: number[][] = [];
    for (const name of arrays) {
      const { head, bytes } = npy(join(out, "data", name));
      const offsets = npy(join(out, "data", name.replace(".npy", ".offsets.npy")));
      expect(head).toBe(`{'descr': '<u2', 'fortran_order': False, 'shape': (${bytes.length / 2},), }`);
      expect(offsets.head).toContain("'<u8'");
      const at = (row: number): number => Number(offsets.bytes.readBigUInt64LE(row * 8));
      for (let row = 0; row + 1 < offsets.bytes.length / 8; row += 1) {
        const length = at(row + 1) - at(row);
        found.push(Array.from({ length }, (_, i) => bytes.readUInt16LE((at(row) + i) * 2)));
      }
    }
    expect(found).toEqual(rows.map(({ ids }) => ids));
  });

  it("numpy: two dimensions for filled blocks, which others are told apart from", async () => {
    const pack = { pack: { length: 64, pad: 0, shuffle: false } };
    const out = await build("blocks", [{ numpy: { column: "input_ids", row_tokens: 64 } }], [pack]);
    const { head, bytes } = npy(join(out, "data/train-00000-of-00001.npy"));
    expect(head).toBe(`{'descr': '<u4', 'fortran_order': False, 'shape': (${bytes.length / 256}, 64), }`);
    const sum = (numbers: number[]): number => numbers.reduce((total, n) => total + n, 0);
    const all = Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readUInt32LE(i * 4));
    expect(sum(all)).toBe(sum(rows.flatMap(({ ids }) => ids)));
    const recipe = {
      name: "uneven",
      sources: [{ jsonl: "in.jsonl" }],
      outputs: [{ numpy: { row_tokens: 64 } }],
    };
    writeFileSync(join(folder, "uneven.yaml"), JSON.stringify(recipe));
    const failed = await gristmill(["build", "uneven.yaml", "-o", "uneven"], { cwd: folder });
    expectFailure(failed, 2, "GM_WRITE_OTHER_LENGTH");
  });

  it("megatron: ids in .bin, sequences and documents in .idx", async () => {
    const out = await build(
      "megatron",
      [{ megatron: { column: "input_ids", sequences: "seq_lens", vocab_size: 50_000 } }],
      [{ pack: { length: 256 } }],
    );
    const bin = readFileSync(join(out, "data/train-00000-of-00001.bin"));
    const idx = readFileSync(join(out, "data/train-00000-of-00001.idx"));
    expect(idx.toString("latin1", 0, 9)).toBe("MMIDIDX\0\0");
    expect([idx.readBigUInt64LE(9), idx.readUInt8(17)]).toEqual([1n, 8]);
    const sequences = Number(idx.readBigUInt64LE(18));
    const documents = Number(idx.readBigUInt64LE(26)) - 1;
    expect(sequences).toBe(ROWS);
    expect(idx.length).toBe(34 + 12 * sequences + 8 * (documents + 1));
    const found: string[] = [];
    let at = 0;
    for (let n = 0; n < sequences; n += 1) {
      const length = idx.readInt32LE(34 + 4 * n);
      expect(Number(idx.readBigInt64LE(34 + 4 * sequences + 8 * n))).toBe(at);
      found.push(Array.from({ length }, (_, i) => bin.readUInt16LE(at + i * 2)).join());
      at += 2 * length;
    }
    expect(at).toBe(bin.length);
    expect(Number(idx.readBigInt64LE(idx.length - 8))).toBe(sequences);
    expect(found.sort()).toEqual(rows.map(({ ids }) => ids.join()).sort());
  });

  it("mds: shards and an index that names them", async () => {
    const mds = { columns: ["name", "ids"], arrays: { ids: "uint16" }, shard_bytes: 100_000, hashes: ["sha256"] };
    const out = await build("mds", [{ mds }, { mds: { ...mds, split: "packed", zstd_level: 3 } }]);
    const { shards, version } = JSON.parse(readFileSync(join(out, "data/train/index.json"), "utf8"));
    expect(version).toBe(2);
    expect(shards.length).toBeGreaterThan(1);
    let samples = 0;
    for (const shard of shards) {
      const bytes = readFileSync(join(out, "data/train", shard.raw_data.basename));
      expect(bytes.length).toBe(shard.raw_data.bytes);
      expect(bytes.readUInt32LE(0)).toBe(shard.samples);
      // The first sample: sizes of the ids and of the name, then both.
      const begin = bytes.readUInt32LE(4);
      const [ids, name] = [bytes.readUInt32LE(begin), bytes.readUInt32LE(begin + 4)];
      expect(bytes.toString("utf8", begin + 8 + ids, begin + 8 + ids + name)).toBe(rows[samples]?.name);
      samples += shard.samples;
    }
    expect(samples).toBe(ROWS);
    const packed = JSON.parse(readFileSync(join(out, "data/packed/index.json"), "utf8")).shards[0];
    expect(packed.zip_data.basename).toBe("shard.00000.mds.zstd");
    expect(readFileSync(join(out, "data/packed", packed.zip_data.basename)).length).toBe(packed.zip_data.bytes);
    expect(packed.raw_data.hashes.sha256).toHaveLength(64);
  });
});
