import { COMMON, type Command, EXIT } from "../command.ts";
import { usage } from "../fail.ts";
import { shippedRecipes } from "../recipes.ts";

export const completion: Command = {
  name: "completion",
  summary: "Print a completion script for a shell",
  positionals: [{ name: "shell", describe: "bash, zsh or fish", required: true }],
  options: {},
  examples: [
    ["source <(gristmill completion bash)", "in ~/.bashrc"],
    ["gristmill completion fish > ~/.config/fish/completions/gristmill.fish", "for fish"],
  ],
  async run(args, { output }) {
    const shell = args.text("shell") ?? "";
    const script = SCRIPTS[shell];
    if (script === undefined) throw usage(`no completion for ${shell}`, "bash, zsh or fish");
    const { allCommands } = await import("../registry.ts");
    const text = script(await allCommands(), shippedRecipes());
    output.result({ shell, script: text }, () => text);
    return EXIT.done;
  },
};

type Script = (commands: readonly Command[], recipes: readonly string[]) => string;

const SCRIPTS: Readonly<Record<string, Script>> = {
  bash,
  zsh: (commands, recipes) => `autoload -U +X bashcompinit && bashcompinit\n${bash(commands, recipes)}`,
  fish,
};

/** Options of a command; of one with others under it, those of all. */
function flags(command: Command): string[] {
  return [...Object.keys(optionsBelow(command)), "help"].map((name) => `--${name}`);
}

function optionsBelow(command: Command): Command["options"] {
  const below = (command.sub ?? []).flatMap(({ options }) => Object.entries(options));
  return { ...command.options, ...Object.fromEntries(below), ...COMMON };
}

/** Names of the commands under a command. */
function below({ name, sub = [] }: Command): [name: string, summary: string][] {
  return sub.map((member) => [member.name.slice(name.length + 1), member.summary]);
}

function bash(commands: readonly Command[], recipes: readonly string[]): string {
  const cases = commands.map(
    (command) => `    ${[command.name, ...(command.aliases ?? [])].join("|")}) words="${flags(command).join(" ")}" ;;`,
  );
  return `_gristmill() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map((command) => command.name).join(" ")}" -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join("\n")}
  esac
  if [ "\${current#-}" != "$current" ]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    return
  fi
  COMPREPLY=($(compgen -f -- "$current"))
  case "\${COMP_WORDS[1]}" in
    build|plan) COMPREPLY+=($(compgen -W "${recipes.join(" ")}" -- "$current")) ;;
    completion) COMPREPLY=($(compgen -W "bash zsh fish" -- "$current")) ;;
${commands
  .filter(({ sub }) => sub !== undefined)
  .map((command) => {
    const words = below(command).map(([name]) => name);
    return `    ${command.name}) COMPREPLY+=($(compgen -W "${words.join(" ")}" -- "$current")) ;;\n`;
  })
  .join("")}  esac
}
complete -o filenames -F _gristmill gristmill`;
}

function fish(commands: readonly Command[], recipes: readonly string[]): string {
  const quote = (text: string): string => `'${text.replace(/[\\']/g, "\\$&")}'`;
  const lines = commands.flatMap((command) => [
    `complete -c gristmill -n __fish_use_subcommand -a ${command.name} -d ${quote(command.summary)}`,
    ...below(command).map(
      ([name, summary]) =>
        `complete -c gristmill -n '__fish_seen_subcommand_from ${command.name}' -a ${name} -d ${quote(summary)}`,
    ),
    ...Object.entries(optionsBelow(command)).map(
      ([name, option]) =>
        `complete -c gristmill -n '__fish_seen_subcommand_from ${command.name}' -l ${name} -d ${quote(option.describe)}`,
    ),
  ]);
  return [
    ...lines,
    `complete -c gristmill -n '__fish_seen_subcommand_from build plan' -a ${quote(recipes.join(" "))}`,
  ].join("\n");
}
