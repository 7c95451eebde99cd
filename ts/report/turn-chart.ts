import { grouped } from "./figures.ts";
import type { TurnFigures } from "./input.ts";
import { strokeText } from "./strokes.ts";

const WIDTH = 960;
const HEIGHT = 540;
const PLOT = { left: 90, right: 20, top: 40, bottom: 70 };
/** Most bars; where there are more numbers of turns, neighbours share one. */
const MOST_BARS = 60;

/** Dialogues by number of turns as upright bars: an SVG of shapes alone, the same on every machine. */
export function turnChart({ turns }: TurnFigures): string {
  const bars = barsOf(turns);
  const top = roundUp(Math.max(1, ...bars.map(({ dialogues }) => dialogues)));
  const width = WIDTH - PLOT.left - PLOT.right;
  const height = HEIGHT - PLOT.top - PLOT.bottom;
  const floor = HEIGHT - PLOT.bottom;
  const step = width / Math.max(1, bars.length);
  // Labels are about seven times as wide as a digit is; where bars are narrow, some go without.
  const widest = Math.max(1, ...bars.map(({ label }) => label.length));
  const every = Math.max(1, Math.ceil((widest * 9 + 6) / step));
  const shapes = bars.map(({ label, dialogues }, i) => {
    const tall = dialogues === 0 ? 0 : Math.max(1, (height * dialogues) / top);
    const x = PLOT.left + i * step;
    const bar = `<rect x="${fix(x + step * 0.1)}" y="${fix(floor - tall)}" width="${fix(step * 0.8)}" height="${fix(tall)}" fill="#4c78a8"/>`;
    return i % every === 0 ? bar + strokeText(label, x + step / 2, floor + 12, 9, "middle") : bar;
  });
  const lines = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const y = floor - height * share;
    const line = `<path d="M${PLOT.left} ${fix(y)}H${WIDTH - PLOT.right}" stroke="#ddd" fill="none"/>`;
    const value = top * share;
    return Number.isInteger(value) ? line + strokeText(grouped(value), PLOT.left - 10, y - 4, 9, "end") : line;
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="Dialogues by number of turns" ` +
    `width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}">` +
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>${lines.join("")}${shapes.join("")}` +
    `${strokeText("Dialogues", PLOT.left - 70, 14, 11)}` +
    `${strokeText("Turns", PLOT.left + width / 2, HEIGHT - 28, 11, "middle")}</svg>\n`
  );
}

interface ChartBar {
  label: string;
  dialogues: number;
}

/** One bar for each number of turns from the least to the most, or for equal ranges of them. */
function barsOf(turns: TurnFigures["turns"]): ChartBar[] {
  const first = turns[0]?.[0];
  const last = turns.at(-1)?.[0];
  if (first === undefined || last === undefined) return [];
  const each = Math.ceil((last - first + 1) / MOST_BARS);
  const bars: ChartBar[] = [];
  for (let from = first; from <= last; from += each) {
    bars.push({ label: each === 1 ? `${from}` : `${from}-${from + each - 1}`, dialogues: 0 });
  }
  for (const [n, dialogues] of turns) {
    const bar = bars[Math.floor((n - first) / each)];
    if (bar !== undefined) bar.dialogues += dialogues;
  }
  return bars;
}

/** The next number of one digit and zeros that has quarters: 471 -> 500, 8 -> 8. */
function roundUp(value: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1) * 4;
  return Math.ceil(value / unit) * unit;
}

function fix(value: number): string {
  return String(Math.round(value * 100) / 100);
}
