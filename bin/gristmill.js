#!/usr/bin/env node
// Starts the built command line; a development tree that is not built yet gets advice instead of a stack trace.
import { existsSync } from "node:fs";

const entry = new URL("../dist/cli/entry.js", import.meta.url);
if (existsSync(entry)) {
  await import(entry.href);
} else {
  process.stderr.write("error[GM_NOT_BUILT]: gristmill is not built yet\ntry: npm run build\n");
  process.exitCode = 1;
}
