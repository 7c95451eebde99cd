import { z } from "zod";
import { column } from "./common.ts";
import { defineStep } from "./step.ts";

const share = (preset: number, what: string) => z.number().min(0).max(1).default(preset).describe(what);

/** Joins the files of a repository. */
export const joinFiles = defineStep({
  name: "join_files",
  aliases: ["repository_packs"],
  summary: "Join the files of a repository to texts, laid out as code models know them",
  details: `Whole files of one repository go into one text until it has \`max_bytes\`; the next text begins anew. Layouts: \`starcoder2\`
(\`<repo_name>name<file_sep>path\`, or texts alone, [Lozhkov et al. 2024](https://arxiv.org/abs/2402.19173)), \`qwen\`
(\`<|repo_name|>name\`, each file under \`<|file_sep|>path\`, [Hui et al. 2024](https://arxiv.org/abs/2409.12186)), and \`plain\` with
\`<|file_separator|>\` between texts. In a share of the texts one file is cut to fill in the middle; Qwen's layout puts that file last. For
files on their own there is \`fim\`. Rows that come out: \`repo\`, \`text\`, \`files\` (their number), \`fim_seams\` (see \`fim\`).`,
  shape: "group",
  options: z.strictObject({
    column,
    repository: z.string().min(1).default("repo").describe("Column with the repository of a file"),
    path: z.string().min(1).default("path").describe("Column with its path"),
    style: z.enum(["plain", "starcoder2", "qwen"]).default("plain").describe("Layout"),
    order: z.enum(["path", "random"]).default("path").describe("Order of the files of a repository"),
    names: share(0.5, "Share of texts of `starcoder2` that tell names and paths"),
    fim: share(0, "Share of texts in which one file is cut to fill in the middle"),
    spm: share(0, "Share of those that are laid out suffix first"),
    max_bytes: z.int().min(1).default(50_000).describe("Bytes of files in one text; one longer file stands alone"),
    end: z.string().default("<|endoftext|>").describe("Closes each text"),
    seed: z.int().min(0).nullable().default(null).describe("Seed of this step; the recipe's when absent"),
  }),
  shorthand: "style",
  needs: ({ column, repository, path }) => [column, repository, path],
  adds: () => ["repo", "text", "files", "fim_seams"],
  removes: (_options, columns) => [...columns],
  examples: [
    {
      recipe: "- join_files: { style: starcoder2, fim: 0.5 }",
      command: "gristmill join_files files.parquet -o repositories.parquet --style qwen",
    },
  ],
  parts: (options, { seed }) => [
    {
      shape: "group",
      route: { by: { kind: "hash", columns: [options.repository] }, order: null },
      native: { kind: "join_files", options: { ...options, seed: options.seed ?? seed } },
    },
  ],
});
