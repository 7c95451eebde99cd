#!/usr/bin/env node
// Starts the built command line; a development tree that is not built yet gets advice instead of a stack trace.
import { existsSync } from "node:fs";

const entry = new URL("../dist/cli/main.js", import.meta.url);
if (existsSync(entry)) {
  // A reader that has seen enough (`| head`) is no failure.
  process.stdout.on("error", (error) => {
    process.exit(error.code === "EPIPE" ? 0 : 1);
  });
  const { main } = await import(entry.href);
  process.exitCode = await main(process.argv.slice(2));
} else {
  process.stderr.write("error[GM_NOT_BUILT]: gristmill is not built yet\ntry: npm run build\n");
  process.exitCode = 1;
}
