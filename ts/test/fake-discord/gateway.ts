import { randomUUID } from "node:crypto";
import type { Server } from "node:http";
import { type WebSocket, WebSocketServer } from "ws";
import { APPLICATION, TOKEN, type World } from "./world.ts";

/** Faults of the gateway, as chances from 0 to 1. */
export interface GatewayFaults {
  /** A new message is not told to anyone. */
  missed: number;
  /** A session cannot be taken up again. */
  invalid: number;
  /** A connection is answered after so many ms. */
  slowMs?: number;
}

interface Session {
  id: string;
  sequence: number;
  told: { s: number; t: string; d: unknown }[];
  socket: WebSocket | null;
}

/** Discord's gateway: hello, heartbeats, identify, resume, invalid session, reconnect. */
export class FakeGateway {
  readonly #world: World;
  readonly #server: WebSocketServer;
  readonly #url: () => string;
  readonly #sessions = new Map<string, Session>();
  faults: GatewayFaults = { missed: 0, invalid: 0 };
  identified = 0;
  resumed = 0;
  heartbeats = 0;
  /** Closes with the code when someone identifies. */
  refuseWith: number | null = null;

  constructor(world: World, http: Server, url: () => string) {
    this.#world = world;
    this.#url = url;
    this.#server = new WebSocketServer({
      server: http,
      verifyClient: (_info, accept) => {
        if (this.faults.slowMs === undefined) accept(true);
        else setTimeout(() => accept(true), this.faults.slowMs);
      },
    });
    this.#server.on("connection", (socket) => this.#greet(socket));
  }

  get connected(): number {
    return [...this.#sessions.values()].filter(({ socket }) => socket !== null).length;
  }

  /** Tells every session of a change; those without a connection hear it when they are taken up again. */
  tell(t: string, d: unknown): void {
    const missed = t === "MESSAGE_CREATE" && Math.random() < this.faults.missed;
    for (const session of this.#sessions.values()) {
      session.sequence += 1;
      if (missed) continue;
      const event = { s: session.sequence, t, d };
      session.told.push(event);
      send(session.socket, { op: 0, ...event });
    }
  }

  /** Asks all to come back, as Discord does now and then. */
  reconnect(): void {
    for (const { socket } of this.#sessions.values()) send(socket, { op: 7, d: null });
  }

  /** Cuts all connections; the sessions stay. */
  cut(): void {
    for (const session of this.#sessions.values()) {
      session.socket?.terminate();
      session.socket = null;
    }
  }

  /** Forgets all sessions, as after a fall of the whole. */
  forget(): void {
    for (const socket of this.#server.clients) socket.terminate();
    this.#sessions.clear();
  }

  #greet(socket: WebSocket): void {
    send(socket, { op: 10, d: { heartbeat_interval: 1_000 } });
    socket.on("message", (data) => {
      const { op, d } = JSON.parse(String(data)) as { op: number; d: Record<string, unknown> };
      if (op === 1) {
        this.heartbeats += 1;
        send(socket, { op: 11 });
      } else if (op === 2) this.#identify(socket, d);
      else if (op === 6) this.#resume(socket, d);
    });
    socket.on("close", () => {
      for (const session of this.#sessions.values()) if (session.socket === socket) session.socket = null;
    });
    socket.on("error", () => undefined);
  }

  #identify(socket: WebSocket, d: Record<string, unknown>): void {
    const refused = this.refuseWith ?? (d.token === TOKEN ? null : 4004);
    if (refused !== null) {
      socket.close(refused);
      return;
    }
    this.identified += 1;
    const session: Session = { id: randomUUID(), sequence: 0, told: [], socket };
    this.#sessions.set(session.id, session);
    const hear = (t: string, data: unknown): void => {
      session.sequence += 1;
      send(socket, { op: 0, s: session.sequence, t, d: data });
    };
    hear("READY", {
      v: 10,
      user: { id: APPLICATION, username: "bot" },
      guilds: [],
      session_id: session.id,
      resume_gateway_url: this.#url(),
      application: { id: APPLICATION, flags: 0 },
    });
    hear("GUILD_CREATE", this.#world.guild());
  }

  #resume(socket: WebSocket, d: Record<string, unknown>): void {
    const session = this.#sessions.get(String(d.session_id));
    if (session === undefined || Math.random() < this.faults.invalid) {
      this.#sessions.delete(String(d.session_id));
      send(socket, { op: 9, d: false });
      return;
    }
    this.resumed += 1;
    session.socket?.terminate();
    session.socket = socket;
    const seq = Number(d.seq);
    for (const event of session.told.filter(({ s }) => s > seq)) send(socket, { op: 0, ...event });
    session.sequence += 1;
    send(socket, { op: 0, s: session.sequence, t: "RESUMED", d: {} });
  }
}

function send(socket: WebSocket | null, payload: unknown): void {
  if (socket?.readyState === 1) socket.send(JSON.stringify(payload));
}
