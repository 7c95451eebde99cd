/** Figures in Prometheus' text format. */
export class Metrics {
  readonly #families = new Map<string, Family>();

  /** Adds to a counter; `labels` are values chosen by us, never text of a request. */
  count(name: string, help: string, by = 1, labels: Labels = {}): void {
    const family = this.#family(name, help, "counter");
    const key = render(labels);
    family.values.set(key, (family.values.get(key) ?? 0) + by);
  }

  /** A value that is asked for when the metrics are read. */
  gauge(name: string, help: string, read: () => number): void {
    this.#family(name, help, "gauge").read = read;
  }

  /** Adds to a histogram of seconds. */
  observe(name: string, help: string, seconds: number): void {
    const family = this.#family(name, help, "histogram");
    family.sum += seconds;
    family.count += 1;
    for (const [at, bound] of BOUNDS.entries()) {
      if (seconds <= bound) family.buckets[at] = (family.buckets[at] ?? 0) + 1;
    }
  }

  text(): string {
    const lines: string[] = [];
    for (const [name, family] of this.#families) {
      lines.push(`# HELP ${name} ${family.help}`, `# TYPE ${name} ${family.type}`);
      if (family.type === "histogram") {
        BOUNDS.forEach((bound, at) => {
          lines.push(`${name}_bucket{le="${bound}"} ${family.buckets[at] ?? 0}`);
        });
        lines.push(`${name}_bucket{le="+Inf"} ${family.count}`);
        lines.push(`${name}_sum ${family.sum}`, `${name}_count ${family.count}`);
      } else if (family.read !== undefined) lines.push(`${name} ${family.read()}`);
      for (const [labels, value] of family.values) lines.push(`${name}${labels} ${value}`);
    }
    return `${lines.join("\n")}\n`;
  }

  #family(name: string, help: string, type: Family["type"]): Family {
    let family = this.#families.get(name);
    if (family === undefined) {
      family = { help, type, values: new Map(), buckets: [], sum: 0, count: 0, read: undefined };
      this.#families.set(name, family);
    }
    return family;
  }
}

export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

type Labels = Readonly<Record<string, string>>;

interface Family {
  help: string;
  type: "counter" | "gauge" | "histogram";
  values: Map<string, number>;
  buckets: number[];
  sum: number;
  count: number;
  read: (() => number) | undefined;
}

/** Upper bounds in seconds. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

function render(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/["\\\n]/g, "_")}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}
