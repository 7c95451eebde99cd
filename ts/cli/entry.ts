import { EXIT } from "./command.ts";
import { main } from "./main.ts";

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? 0 : 1);
});
const code = await main(process.argv.slice(2));
// At once: while Node takes itself down, a second Ctrl-C would be the end by a signal instead of this code.
if (code === EXIT.cancelled) process.exit(code);
process.exitCode = code;
