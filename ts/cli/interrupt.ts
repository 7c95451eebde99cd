import { EXIT } from "./command.ts";

/**
 * The first Ctrl-C or SIGTERM lets the current batch finish and commits what is done; the second ends at once. Both
 * leave a build that the same command goes on with.
 */
export function onInterrupt(tell: (message: string) => void): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const listener = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.cancelled);
    controller.abort();
    tell("stopping after what is under way; once more to stop at once (the same command goes on from here)");
  };
  const names = ["SIGINT", "SIGTERM"] as const;
  for (const name of names) process.on(name, listener);
  return {
    signal: controller.signal,
    release: () => {
      // A second signal between the end of the build and the end of the process is no reason to die of it.
      if (controller.signal.aborted) return;
      for (const name of names) process.off(name, listener);
    },
  };
}
