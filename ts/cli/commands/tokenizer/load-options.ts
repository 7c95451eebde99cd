import { type Arguments, type CommandOption, given } from "../../command.ts";

/** Options of every command that loads a tokenizer. */
export const LOAD: Readonly<Record<string, CommandOption>> = {
  split: {
    type: "text",
    describe:
      "How text is cut into words, for files that do not say: gpt2, cl100k, o200k, llama3, qwen2, deepseek, or a pattern",
  },
};

export const SPECIAL_IN_TEXT: CommandOption = {
  type: "text",
  choices: ["recognise", "ignore", "refuse"],
  describe: "What the text of a special token inside a document is",
  default: "ignore",
};

/** How to load a tokenizer, as far as the command line says. */
export function loadOptions(args: Arguments): { split?: string; specialInText?: "recognise" | "ignore" | "refuse" } {
  const special = args.text("special-in-text");
  return given({
    split: args.text("split"),
    specialInText: special === "recognise" || special === "ignore" || special === "refuse" ? special : undefined,
  });
}
