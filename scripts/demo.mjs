// `npm run demo`: from a fresh clone to a data set on disk. Repeating it takes seconds.

import { buildAll } from "./build.mjs";
import { must } from "./shell.mjs";
import { checkToolchain } from "./toolchain.mjs";

const out = "out/discord-dialogues";
const started = Date.now();

process.stdout.write("Toolchain\n");
await checkToolchain();

process.stdout.write("\nBuild\n");
await buildAll({ profile: "release" });
process.stdout.write("  up to date\n");

process.stdout.write(`\ngristmill build discord-dialogues -o ${out}\n`);
await must("the build", process.execPath, ["bin/gristmill.js", "build", "discord-dialogues", "-o", out, "--overwrite"]);

process.stdout.write(`
Done in ${((Date.now() - started) / 1000).toFixed(1)} s. Look at
  ${out}/README.md        the data card
  ${out}/report.html      the report, in a browser
  ${out}/data/            the data set: datasets.load_dataset("${out}") in Python opens the folder

Next
  npx gristmill inspect ${out}/data/train-00000-of-00001.parquet
  npx gristmill build discord-dialogues --var input=YOUR_EXPORT.json.gz -o out/mine
  npx gristmill --help
`);
