import type { StoreEvent } from "../../store/index.ts";
import type { DiscordApi } from "./discord-api.ts";
import { COMMANDS, type OptOuts } from "./opt-out.ts";
import { timestampOf } from "./snowflake.ts";

/** A slash command as the gateway tells of it. */
export interface RawInteraction {
  id: string;
  token: string;
  data?: { name?: string };
  member?: { user?: { id: string } };
  user?: { id: string };
}

export interface MemberCommandsOptions {
  api: DiscordApi;
  optOuts: OptOuts;
  /** Ends when what the member decided is on disk. */
  keep: (events: readonly StoreEvent[]) => Promise<void>;
  onWarning: (code: string, message: string) => void;
}

/** The slash commands by which members opt out and in: offered, taken, answered. */
export class MemberCommands {
  readonly #options: MemberCommandsOptions;
  #offered = false;

  constructor(options: MemberCommandsOptions) {
    this.#options = options;
  }

  /** Makes the commands known to Discord, once. A refusal is a warning: capturing goes on without them. */
  async offer(application: string, signal: AbortSignal): Promise<void> {
    if (this.#offered) return;
    this.#offered = true;
    const { api, onWarning } = this.#options;
    try {
      for (const [name, text] of Object.entries(COMMANDS)) await api.offerCommand(application, name, text);
    } catch (error) {
      if (signal.aborted) return;
      const why = error instanceof Error ? error.message : String(error);
      onWarning(
        "GM_CAPTURE_COMMANDS",
        `the opt-out commands cannot be offered: ${why}; invite the bot with the scope applications.commands`,
      );
    }
  }

  /** Does what a member asks for, then says so; fails where it cannot be kept. Other interactions are left alone. */
  async take({ id, token, data, member, user }: RawInteraction): Promise<void> {
    const { api, optOuts, keep, onWarning } = this.#options;
    const author = member?.user?.id ?? user?.id;
    if (author === undefined || data?.name === undefined) return;
    const found = optOuts.command(data.name, author, timestampOf(id));
    if (found === null) return;
    await keep(found.events);
    await api
      .answer({ id, token }, found.answer)
      .catch(() => onWarning("GM_CAPTURE_ANSWER", "a member could not be told that the opt-out was taken"));
  }
}
