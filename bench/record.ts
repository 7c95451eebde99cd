/** One line of `bench/records`: the median of a cell, with what it was measured on. */
export interface BenchRecord {
  date: string;
  suite: string;
  summary: string;
  engine: string;
  kind: string;
  threads: number;
  mb: number;
  cpu_s: number;
  wall_s: number;
  mb_per_cpu_s: number;
  mb_per_s: number;
  peak_rss_mb: number;
  runs: number;
  machine: { cpu: string; cores: number; memory_gb: number; load1: number };
  versions: Record<string, string>;
}
