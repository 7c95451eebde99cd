/**
 * Letters and digits as lines on a grid of 4 x 6, so that a chart looks the same on machines with other fonts or none.
 * `M` starts a line, `L` goes on; y grows downwards.
 */
const GLYPHS: Readonly<Record<string, string>> = {
  "0": "M0 1L1 0L3 0L4 1L4 5L3 6L1 6L0 5Z",
  "1": "M1 1L2 0L2 6M1 6L3 6",
  "2": "M0 1L1 0L3 0L4 1L4 2L0 6L4 6",
  "3": "M0 0L4 0L2 2L3 2L4 3L4 5L3 6L1 6L0 5",
  "4": "M3 6L3 0L0 4L4 4",
  "5": "M4 0L0 0L0 2L3 2L4 3L4 5L3 6L0 6",
  "6": "M4 0L2 0L0 2L0 5L1 6L3 6L4 5L4 4L3 3L0 3",
  "7": "M0 0L4 0L1 6",
  "8": "M1 3L0 2L0 1L1 0L3 0L4 1L4 2L3 3L1 3L0 4L0 5L1 6L3 6L4 5L4 4L3 3",
  "9": "M0 6L2 6L4 4L4 1L3 0L1 0L0 1L0 2L1 3L4 3",
  "-": "M1 3L3 3",
  ",": "M2 5L2 6L1 7",
  D: "M0 0L0 6L2 6L4 4L4 2L2 0Z",
  T: "M0 0L4 0M2 0L2 6",
  a: "M1 2L3 2L4 3L4 6M4 4L1 4L0 5L1 6L4 6",
  e: "M0 4L4 4L4 3L3 2L1 2L0 3L0 5L1 6L4 6",
  g: "M4 2L1 2L0 3L0 5L1 6L4 6M4 2L4 7L3 8L0 8",
  i: "M2 2L2 6M2 0L2 0.6",
  l: "M2 0L2 6",
  n: "M0 6L0 2M0 3L1 2L3 2L4 3L4 6",
  o: "M1 2L3 2L4 3L4 5L3 6L1 6L0 5L0 3Z",
  r: "M0 2L0 6M0 4L2 2L4 2",
  s: "M4 2L1 2L0 3L1 4L3 4L4 5L3 6L0 6",
  u: "M0 2L0 5L1 6L3 6L4 5M4 2L4 6",
};

/** Distance from one sign to the next, in units of the grid. */
const STEP = 6;

/** Width of a text of this size. */
export function strokeWidth(text: string, size: number): number {
  return Math.max(0, text.length * STEP - 2) * (size / 6);
}

/** A text as one path; `x` is where it starts, or ends with `anchor: "end"`, or its middle. A sign without a form is a gap. */
export function strokeText(
  text: string,
  x: number,
  y: number,
  size: number,
  anchor: "start" | "middle" | "end" = "start",
): string {
  const scale = size / 6;
  const shift = { start: 0, middle: 0.5, end: 1 }[anchor] * strokeWidth(text, size);
  const path = [...text].map((sign, i) => moved(GLYPHS[sign] ?? "", x - shift + i * STEP * scale, y, scale)).join("");
  return `<path d="${path}" fill="none" stroke="#333" stroke-width="${round(scale * 0.8)}" stroke-linecap="round" stroke-linejoin="round"/>`;
}

function moved(glyph: string, x: number, y: number, scale: number): string {
  return glyph.replace(
    /([ML])([\d.]+) ([\d.]+)/g,
    (_, move: string, gx: string, gy: string) =>
      `${move}${round(x + Number(gx) * scale)} ${round(y + Number(gy) * scale)}`,
  );
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
