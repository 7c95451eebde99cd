import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { trainTokenizer } from "../../ts/api/index.ts";
import { pack } from "../../ts/native/batch.ts";
import { Tokenizer } from "../../ts/native/index.ts";
import { BpeBaseline } from "../baseline/bpe.ts";
import { BPE, bpeTokenizer } from "../inputs/bpe.ts";
import { DATA, messagesJsonl, size } from "../inputs/data.ts";
import { proseJsonl, textsOf } from "../inputs/prose.ts";
import { threads } from "../native.ts";
import type { Engine, Suite } from "../suite.ts";

const sha = (ids: Uint32Array): string =>
  createHash("sha256")
    .update(new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength))
    .digest("hex");

const PEERS = ["fastokens", "gigatoken"];

/** Texts and tokenizer are loaded before the clock starts; every run is a cold one, with a tokenizer that has seen nothing. */
const native = (file: () => string, packed: boolean): Engine => ({
  name: "native",
  kind: "native",
  prepare: async (count) => {
    threads(count);
    const texts = packed ? pack(textsOf(file())) : textsOf(file());
    const path = await bpeTokenizer();
    const load = () => Tokenizer.load(path, { specialInText: "ignore" });
    let tokenizer = await load();
    return {
      renew: async () => {
        tokenizer.close();
        tokenizer = await load();
      },
      run: async () => void (await tokenizer.encodeBatch(texts)),
      check: async () => sha((await tokenizer.encodeBatch(texts)).ids),
    };
  },
});

const baseline = (file: () => string): Engine => ({
  name: "baseline",
  kind: "baseline",
  prepare: async () => {
    const texts = textsOf(file());
    const path = await bpeTokenizer();
    let tokenizer = new BpeBaseline(path);
    const encode = (): Uint32Array => {
      const ids: number[] = [];
      for (const text of texts) tokenizer.encode(text, ids);
      return Uint32Array.from(ids);
    };
    return {
      renew: async () => {
        tokenizer = new BpeBaseline(path);
      },
      run: async () => void encode(),
      check: async () => sha(encode()),
    };
  },
});

const encode = (name: string, summary: string, file: () => string, packed: boolean): Suite => ({
  name,
  summary,
  input: async () => {
    await bpeTokenizer();
    return Buffer.byteLength(textsOf(file()).join(""));
  },
  file,
  engines: packed ? [native(file, true)] : [native(file, false), baseline(file)],
  peers: PEERS,
});

export const ENCODE_BPE: readonly Suite[] = [
  encode("encode-bpe", "BPE encode, 32,000 tokens, prose, strings in, ids out", proseJsonl, false),
  encode("encode-bpe-packed", "BPE encode, 32,000 tokens, prose, texts in one buffer", proseJsonl, true),
  encode("encode-bpe-chat", "BPE encode, 32,000 tokens, chat messages, strings in, ids out", messagesJsonl, false),
];

/** A tokenizer of 32,000 tokens; the check only says that it has them, as trainers choose otherwise between equals. */
export const trainBpe: Suite = {
  name: "train-bpe",
  summary: "BPE training, 32,000 tokens from prose",
  input: async () => size(proseJsonl()),
  file: proseJsonl,
  engines: [
    {
      name: "native",
      kind: "native",
      prepare: async (count) => {
        threads(count);
        const train = async (): Promise<number> => {
          const out = mkdtempSync(join(DATA, "out", "bpe-"));
          await trainTokenizer({ inputs: [proseJsonl()], out, options: BPE, overwrite: true });
          const vocab = JSON.parse(readFileSync(join(out, "vocab.json"), "utf8")) as Record<string, number>;
          rmSync(out, { recursive: true });
          return Object.keys(vocab).length;
        };
        return { run: async () => void (await train()), check: async () => `${await train()} tokens` };
      },
    },
  ],
  peers: ["rustbpe", "tokenizers"],
};
