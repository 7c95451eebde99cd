import { join } from "node:path";
import type { Disk } from "./disk.ts";
import type { BuildEvent, OnEvent } from "./events.ts";

/** The event log of a build: for people, decides nothing. */
export interface Journal {
  emit: OnEvent;
  /** Resolves when all lines are written; the first failed write is thrown here. */
  flush(): Promise<void>;
}

/** Appends every event but progress to `journal` and passes all on to the caller. */
export function openJournal(disk: Disk, build: string, onEvent: OnEvent | undefined): Journal {
  const path = join(build, "journal");
  let writing: Promise<void> = Promise.resolve();
  let failed: unknown = null;
  return {
    emit(event: BuildEvent) {
      onEvent?.(event);
      if (event.event === "progress") return;
      const line = `${JSON.stringify({ ts: new Date().toISOString(), ...event })}\n`;
      writing = writing
        .then(() => disk.append(path, line))
        .catch((error: unknown) => {
          failed ??= error;
        });
    },
    async flush() {
      await writing;
      if (failed !== null) throw failed;
    },
  };
}
