import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { FakeGateway } from "./gateway.ts";
import { FakeRest } from "./rest.ts";
import { World } from "./world.ts";

/** A Discord on 127.0.0.1 that can fall and rise again on the same port, with its messages but without its sessions. */
export class FakeDiscord {
  readonly world = new World();
  rest: FakeRest;
  gateway: FakeGateway;
  #port = 0;
  readonly #sockets = new Set<Socket>();

  private constructor() {
    this.rest = new FakeRest(this.world, () => this.#gatewayUrl());
    this.gateway = new FakeGateway(this.world, this.rest.server, () => this.#gatewayUrl());
    this.world.tell = (type, data) => this.gateway.tell(type, data);
  }

  static async start(): Promise<FakeDiscord> {
    const discord = new FakeDiscord();
    await discord.#listen();
    return discord;
  }

  /** Base for `--discord-api`. */
  get api(): string {
    return `http://127.0.0.1:${this.#port}/api`;
  }

  /** Falls at once: all connections are cut and nobody answers. */
  async fall(): Promise<void> {
    this.gateway.forget();
    // Those too that are no longer HTTP's and not yet a WebSocket's.
    for (const socket of this.#sockets) socket.destroy();
    this.rest.server.close();
    await once(this.rest.server, "close");
  }

  async rise(): Promise<void> {
    const { faults: restFaults } = this.rest;
    const { faults } = this.gateway;
    this.rest = new FakeRest(this.world, () => this.#gatewayUrl());
    this.gateway = new FakeGateway(this.world, this.rest.server, () => this.#gatewayUrl());
    this.rest.faults = restFaults;
    this.gateway.faults = faults;
    await this.#listen();
  }

  async #listen(): Promise<void> {
    this.rest.server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    this.rest.server.listen(this.#port, "127.0.0.1");
    await once(this.rest.server, "listening");
    this.#port = (this.rest.server.address() as AddressInfo).port;
  }

  #gatewayUrl(): string {
    return `ws://127.0.0.1:${this.#port}`;
  }
}
