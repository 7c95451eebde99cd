/** CSV after RFC 4180, streamed, by a state machine over the characters that matter. */
import { createReadStream } from "node:fs";

/** Records of a file, the header included. */
export async function* readCsv(path: string): AsyncGenerator<string[]> {
  let record: string[] = [];
  let field = "";
  let quoted = false;
  let closed = false;
  for await (const chunk of createReadStream(path, { encoding: "utf8", highWaterMark: 1 << 20 })) {
    const text = chunk as string;
    let at = 0;
    while (at < text.length) {
      if (quoted) {
        const end = text.indexOf('"', at);
        field += text.slice(at, end < 0 ? text.length : end);
        if (end < 0) break;
        quoted = false;
        closed = true;
        at = end + 1;
        continue;
      }
      const c = text[at];
      if (c === '"') {
        // A quote right behind a closing one is a quote of the text.
        if (closed) field += '"';
        quoted = true;
        closed = false;
        at++;
        continue;
      }
      closed = false;
      if (c === ",") {
        record.push(field);
        field = "";
        at++;
      } else if (c === "\n" || c === "\r") {
        if (c === "\n") {
          record.push(field);
          yield record;
          record = [];
          field = "";
        }
        at++;
      } else {
        let end = at + 1;
        while (end < text.length) {
          const code = text.charCodeAt(end);
          if (code === 44 || code === 10 || code === 13 || code === 34) break;
          end++;
        }
        field += text.slice(at, end);
        at = end;
      }
    }
  }
  if (field !== "" || record.length > 0) yield [...record, field];
}
