import { DefaultRestOptions, REST, type RESTOptions } from "@discordjs/rest";
import type { APIChannel, APIMessage, APIThreadList } from "discord-api-types/v10";
import { ApplicationCommandType, InteractionResponseType, MessageFlags, Routes } from "discord-api-types/v10";
import { backoff, pause } from "../backoff.ts";
import { badToken } from "./gateway.ts";

/** Messages a page of the history has at most. */
export const PAGE = 100;

/** A thing that Discord does not show to the bot. */
export class NotShown extends Error {}

/** The few routes of Discord's REST API that are used; its rate limits are honoured by discord.js' own package. */
export class DiscordApi {
  readonly rest: REST;
  readonly #signal: AbortSignal;

  constructor(token: string, api: string | undefined, signal: AbortSignal) {
    // Also what the gateway's package asks for, which knows no signal.
    const makeRequest: RESTOptions["makeRequest"] = (url, init) =>
      DefaultRestOptions.makeRequest(url, {
        ...init,
        signal: init.signal ? AbortSignal.any([init.signal, signal]) : signal,
      });
    this.rest = new REST({ version: "10", makeRequest, ...(api !== undefined && { api }) }).setToken(token);
    this.#signal = signal;
  }

  /** The messages after an id, oldest first. */
  async messagesAfter(channel: string, after: string): Promise<APIMessage[]> {
    const query = new URLSearchParams({ after, limit: String(PAGE) });
    const page = await this.#insist<APIMessage[]>(() =>
      this.rest.get(Routes.channelMessages(channel), { query, signal: this.#signal }),
    );
    return page.sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1));
  }

  /** Threads of a channel that are archived, the last archived first. */
  archivedThreads(channel: string, before: string | null): Promise<APIThreadList & { has_more: boolean }> {
    const query = new URLSearchParams({ limit: String(PAGE), ...(before !== null && { before }) });
    return this.#insist(() => this.rest.get(Routes.channelThreads(channel, "public"), { query, signal: this.#signal }));
  }

  channel(id: string): Promise<APIChannel> {
    return this.#insist(() => this.rest.get(Routes.channel(id), { signal: this.#signal }));
  }

  /** Makes a slash command known, or changes the one of that name. */
  async offerCommand(application: string, name: string, description: string): Promise<void> {
    const body = { name, description, type: ApplicationCommandType.ChatInput };
    await this.#insist(() => this.rest.post(Routes.applicationCommands(application), { body, signal: this.#signal }));
  }

  /** Answers a slash command so that only its author sees it. */
  async answer(interaction: { id: string; token: string }, content: string): Promise<void> {
    const body = {
      type: InteractionResponseType.ChannelMessageWithSource,
      data: { content, flags: MessageFlags.Ephemeral },
    };
    // Once only: an interaction is void after three seconds.
    await this.rest.post(Routes.interactionCallback(interaction.id, interaction.token), {
      body,
      auth: false,
      signal: this.#signal,
    });
  }

  /** Tries until Discord answers; 403 and 404 are answers. */
  async #insist<T>(ask: () => Promise<unknown>): Promise<T> {
    const wait = backoff();
    for (;;) {
      try {
        return (await ask()) as T;
      } catch (error) {
        if (this.#signal.aborted) throw error;
        const status = (error as { status?: number }).status;
        if (status === 401) throw badToken();
        if (status === 403 || status === 404) throw new NotShown(`HTTP ${status}`);
        if (status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 429) throw error;
        await pause(wait.next(), this.#signal);
      }
    }
  }
}
