/** The cleaning chain over dialogues, turn by turn; without the rule `nword`, like that over messages. */
import { trim } from "./characters.ts";
import { FIRST, LAST, OF_ROWS } from "./clean-rejects.ts";
import { lineEdges, slang, spaces, TRANSFORMS } from "./clean-transforms.ts";

const TURN = /<\|im_start\|>(user|assistant)\s+([\s\S]*?)<\|im_end\|>/g;
const END = "<|end_of_text|>";

const TURN_REJECTS = LAST.filter((reject) => !OF_ROWS.has(reject));

/** Tags stand around a turn: its last line keeps its colon, and blanks at its ends are inside the row. */
function inFrame(transform: (text: string) => string, body: string): string {
  if (transform === lineEdges) return transform(`${body}\u0001`).slice(0, -1);
  if (transform === spaces) return transform(`\u0001${body}\u0001`).slice(1, -1);
  return transform(body);
}

/** The cleaned dialogue; `undefined` where it is turned away. */
export function cleanDialogue(text: string): string | undefined {
  const roles: string[] = [];
  let bodies: string[] = [];
  for (const [, role = "", body = ""] of text.matchAll(TURN)) {
    if (role === roles.at(-1)) return undefined;
    roles.push(role);
    bodies.push(trim(body));
  }
  if (bodies.length === 0 || !text.endsWith(END)) return undefined;
  const row = () => `${bodies.map((body, at) => `<|im_start|>${roles[at]}\n${body}<|im_end|>`).join("\n")}${END}`;
  for (const reject of FIRST) if (bodies.some((body) => reject(body) !== undefined)) return undefined;
  for (const transform of TRANSFORMS) bodies = bodies.map((body) => inFrame(transform, body));
  for (const reject of TURN_REJECTS) if (bodies.some((body) => reject(body) !== undefined)) return undefined;
  const whole = row();
  for (const reject of OF_ROWS) if (reject(whole) !== undefined) return undefined;
  bodies = bodies.map(slang);
  return row();
}
