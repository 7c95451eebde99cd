/** JSON lines, the way Node programs read them: a line reader and `JSON.parse`. */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

export interface TextRow {
  id: string;
  text: string;
}

export async function* readJsonl(path: string): AsyncGenerator<TextRow> {
  const lines = createInterface({ input: createReadStream(path, "utf8"), crlfDelay: Number.POSITIVE_INFINITY });
  for await (const line of lines) {
    if (line !== "") yield JSON.parse(line) as TextRow;
  }
}
