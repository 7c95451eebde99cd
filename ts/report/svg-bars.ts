import { grouped } from "./figures.ts";
import { escapeHtml } from "./html.ts";

export interface Bar {
  label: string;
  value: number;
}

const LABEL_WIDTH = 220;
const BAR_WIDTH = 420;
const LINE = 22;

/** Horizontal bars as inline SVG; widths are attributes, so that no style or script is needed to see them. */
export function svgBars(title: string, bars: readonly Bar[]): string {
  const most = Math.max(1, ...bars.map((bar) => bar.value));
  const height = bars.length * LINE;
  const lines = bars.map((bar, i) => {
    const width = bar.value === 0 ? 0 : Math.max(1, Math.round((BAR_WIDTH * bar.value) / most));
    const y = i * LINE;
    return (
      `<text x="${LABEL_WIDTH - 8}" y="${y + 15}" text-anchor="end">${escapeHtml(bar.label)}</text>` +
      `<rect x="${LABEL_WIDTH}" y="${y + 3}" width="${width}" height="${LINE - 6}"></rect>` +
      `<text x="${LABEL_WIDTH + width + 6}" y="${y + 15}">${grouped(bar.value)}</text>`
    );
  });
  return (
    `<svg role="img" aria-label="${escapeHtml(title)}" width="${LABEL_WIDTH + BAR_WIDTH + 90}" height="${height}" ` +
    `viewBox="0 0 ${LABEL_WIDTH + BAR_WIDTH + 90} ${height}">${lines.join("")}</svg>`
  );
}
