import { mkdir, open, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { GristmillError, type ProbeResult, type ProbeSpec } from "../native/index.ts";
import { type ChannelState, openStore, type StoreSnapshot } from "../store/index.ts";
import { canonicalJson, sha256 } from "./canonical.ts";
import type { PlannedFile } from "./plan.ts";

/** A message store that a source reads. */
export interface StoreRequest {
  /** Path or URL. */
  place: string;
  /** Leave bots and messages without text out. */
  spoken: boolean;
}

/** Channels up to which each is a task of its own; more are spread over so many tasks by their ids. */
const TASKS = 256;
/** Bytes of a row besides its text, about. */
const ROW_BYTES = 128;
/** Changes when rows are written down in another way. */
const FORM = 1;

interface Group {
  name: string;
  states: ChannelState[];
}

/**
 * The inputs a store is for a plan: one file for each group of channels, named after the state of these channels, all
 * of one moment. With a folder they are written there, and those that are there already are used again. Without one
 * the plan says only what would be read.
 */
export async function storeInputs(
  request: StoreRequest,
  staging: string | null,
  probe: (spec: ProbeSpec) => Promise<ProbeResult>,
  splitBytes: number,
): Promise<{ place: string; files: PlannedFile[] }> {
  const store = await openStore(request.place, { create: false, readOnly: true });
  try {
    const snapshot = await store.snapshot();
    try {
      const files: PlannedFile[] = [];
      for (const group of groupsOf(await snapshot.states())) {
        const planned = describe(group, snapshot.storeId, request.spoken);
        if (staging !== null) await stage(planned, group, snapshot, request.spoken, staging, probe, splitBytes);
        files.push(planned);
      }
      return { place: store.place, files };
    } finally {
      await snapshot.close();
    }
  } finally {
    await store.close();
  }
}

/** Groups in an order that new channels only add to, so that the tasks of old ones keep their numbers. */
function groupsOf(states: readonly ChannelState[]): Group[] {
  if (states.length <= TASKS) return states.map((state) => ({ name: `channel-${state.channel_id}`, states: [state] }));
  const groups = new Map<number, ChannelState[]>();
  for (const state of states) {
    const number = Number.parseInt(sha256(state.channel_id).slice(0, 8), 16) % TASKS;
    const group = groups.get(number);
    if (group === undefined) groups.set(number, [state]);
    else group.push(state);
  }
  return [...groups]
    .sort(([a], [b]) => a - b)
    .map(([number, group]) => ({ name: `channels-${number}`, states: group }));
}

function describe({ name, states }: Group, storeId: string, spoken: boolean): PlannedFile {
  const hash = sha256(
    canonicalJson([FORM, storeId, spoken, states.map(({ channel_id, state }) => [channel_id, state])]),
  );
  const rows = states.reduce((sum, { messages }) => sum + messages, 0);
  const text = states.reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    path: `${hash}.csv`,
    name,
    bytes: 0,
    hash,
    format: "csv",
    codec: "plain",
    splits: [],
    rows: spoken ? null : rows,
    text_bytes: text + rows * ROW_BYTES,
  };
}

async function stage(
  planned: PlannedFile,
  { states }: Group,
  snapshot: StoreSnapshot,
  spoken: boolean,
  staging: string,
  probe: (spec: ProbeSpec) => Promise<ProbeResult>,
  splitBytes: number,
): Promise<void> {
  planned.path = join(staging, planned.path);
  try {
    await mkdir(staging, { recursive: true });
    if (!(await isThere(planned.path))) {
      const passing = `${planned.path}.${process.pid}.tmp`;
      await snapshot.writeCsv(passing, { channels: states.map(({ channel_id }) => channel_id), spoken });
      await rename(passing, planned.path);
      const folder = await open(staging);
      await folder.sync().finally(() => folder.close());
    }
  } catch (error) {
    if (error instanceof GristmillError || !(error instanceof Error)) throw error;
    throw new GristmillError(
      "GM_PLAN_NO_STAGING",
      "failed",
      `cannot write into ${staging}: ${error.message}`,
      undefined,
      {
        cause: error,
      },
    );
  }
  const { path, name } = planned;
  const found = await probe({ path, name, format: "csv", options: {}, split_bytes: splitBytes });
  planned.bytes = found.bytes;
  planned.splits = found.splits;
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
