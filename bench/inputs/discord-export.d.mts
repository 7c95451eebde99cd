/** The exports at hand: the shared real ones, else the bundled sample. */
export function defaultInputs(): string[];
export function readExport(path: string): { messages: { id: string; content: string }[] };
/** Writes an export of about `bytes` bytes. */
export function writeExport(inputs: string[], out: string, bytes: number): { bytes: number; messages: number };
