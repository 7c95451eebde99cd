import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { trainTokenizer } from "../../ts/api/index.ts";
import { pack } from "../../ts/native/batch.ts";
import { type Texts, Tokenizer } from "../../ts/native/index.ts";
import { UnigramBaseline } from "../baseline/unigram.ts";
import { DATA, size } from "../inputs/data.ts";
import { proseJsonl, proseStart, textsOf, UNIGRAM, unigramModel } from "../inputs/prose.ts";
import { threads } from "../native.ts";
import type { Prepared, Suite } from "../suite.ts";

const sha = (ids: Uint32Array): string =>
  createHash("sha256")
    .update(new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength))
    .digest("hex");

/** Texts and tokenizer are loaded before the clock starts; every run is a cold one, with a tokenizer that has seen nothing. */
const native =
  <T extends Texts>(file: () => string, made: (texts: string[]) => T) =>
  async (count: number): Promise<Prepared> => {
    threads(count);
    const texts = made(textsOf(file()));
    const path = join(await unigramModel(), "tokenizer.model");
    let tokenizer = await Tokenizer.load(path);
    return {
      renew: async () => {
        tokenizer.close();
        tokenizer = await Tokenizer.load(path);
      },
      run: async () => void (await tokenizer.encodeBatch(texts)),
      check: async () => sha((await tokenizer.encodeBatch(texts)).ids),
    };
  };

/** Ids of prose. */
export const encodeUnigram: Suite = {
  name: "encode-unigram",
  summary: "Unigram encode, 32,000 pieces, prose, strings in, ids out",
  input: async () => {
    await unigramModel();
    return Buffer.byteLength(textsOf(proseStart()).join(""));
  },
  file: proseStart,
  engines: [
    {
      name: "native",
      kind: "native",
      prepare: native(proseStart, (texts) => texts),
    },
    {
      name: "baseline",
      kind: "baseline",
      prepare: async () => {
        const texts = textsOf(proseStart());
        const path = join(await unigramModel(), "tokenizer.json");
        let baseline = new UnigramBaseline(path);
        const encode = (): Uint32Array => {
          const ids: number[] = [];
          for (const text of texts) for (const id of baseline.encode(text)) ids.push(id);
          return Uint32Array.from(ids);
        };
        return {
          renew: async () => {
            baseline = new UnigramBaseline(path);
          },
          run: async () => void encode(),
          check: async () => sha(encode()),
        };
      },
    },
  ],
  peers: ["sentencepiece"],
};

/** More of it, with texts that stay packed, as between two native calls. */
export const encodeUnigramPacked: Suite = {
  name: "encode-unigram-packed",
  summary: "Unigram encode, 32,000 pieces, prose, texts in one buffer",
  input: async () => {
    await unigramModel();
    return Buffer.byteLength(textsOf(proseJsonl()).join(""));
  },
  file: proseJsonl,
  engines: [
    {
      name: "native",
      kind: "native",
      prepare: native(proseJsonl, pack),
    },
  ],
  peers: ["sentencepiece"],
};

/** A model of 32,000 pieces; the check only says that it has them, as every trainer makes another one. */
export const trainUnigram: Suite = {
  name: "train-unigram",
  summary: "Unigram training, 32,000 pieces from 10 MB of prose",
  input: async () => size(proseStart()),
  file: proseStart,
  engines: [
    {
      name: "native",
      kind: "native",
      prepare: async (count) => {
        threads(count);
        const train = async (): Promise<number> => {
          const out = mkdtempSync(join(DATA, "out", "unigram-"));
          await trainTokenizer({ inputs: [proseStart()], out, options: UNIGRAM, overwrite: true });
          const pieces = readFileSync(join(out, "tokenizer.vocab"), "utf8").split("\n").length - 1;
          rmSync(out, { recursive: true });
          return pieces;
        };
        return { run: async () => void (await train()), check: async () => `${await train()} pieces` };
      },
    },
  ],
  peers: ["sentencepiece"],
};
