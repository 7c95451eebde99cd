/**
 * Reply chains to dialogues: roots with all their answers in order of depth and id, cut at the third speaker, two
 * speakers, consecutive messages of one speaker joined, the last speaker is the assistant.
 */
export interface ChatMessage {
  id: string;
  reference: string;
  guild: string;
  channel: string;
  author: string;
  content: string;
}

export interface Dialogue {
  text: string;
  assistantTurns: number;
  guild: string;
  channel: string;
}

const byId = (a: ChatMessage, b: ChatMessage) => a.id.length - b.id.length || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

export function buildDialogues(messages: readonly ChatMessage[]): Dialogue[] {
  const known = new Map(messages.map((message) => [message.id, message]));
  const answers = new Map<string, ChatMessage[]>();
  for (const message of messages) {
    if (message.reference === "" || !known.has(message.reference)) continue;
    const list = answers.get(message.reference);
    if (list === undefined) answers.set(message.reference, [message]);
    else list.push(message);
  }
  const roots = messages.filter((m) => answers.has(m.id) && !(m.reference !== "" && known.has(m.reference)));
  return roots.sort(byId).flatMap((root) => dialogues(root, answers));
}

function dialogues(root: ChatMessage, answers: Map<string, ChatMessage[]>): Dialogue[] {
  const chain: ChatMessage[] = [];
  const seen = new Set<string>();
  for (let level = [root]; level.length > 0; ) {
    const next: ChatMessage[] = [];
    for (const message of level.sort(byId)) {
      if (seen.has(message.id)) continue;
      seen.add(message.id);
      chain.push(message);
      next.push(...(answers.get(message.id) ?? []));
    }
    level = next;
  }
  const speakers = new Set<string>();
  let end = 0;
  for (const { author } of chain) {
    speakers.add(author);
    if (speakers.size > 2) break;
    end++;
  }
  const kept = chain.slice(0, end);
  const places = new Map<string, ChatMessage[]>();
  for (const message of kept) {
    const place = `${message.guild} ${message.channel}`;
    const list = places.get(place);
    if (list === undefined) places.set(place, [message]);
    else list.push(message);
  }
  return [...places.values()].flatMap((list) => render(list) ?? []);
}

function render(messages: ChatMessage[]): Dialogue | undefined {
  const turns: { author: string; parts: string[] }[] = [];
  for (const { author, content } of messages) {
    const last = turns.at(-1);
    if (last?.author === author) last.parts.push(content);
    else turns.push({ author, parts: [content] });
  }
  const assistant = turns.at(-1)?.author;
  const first = messages[0];
  if (turns.length < 2 || first === undefined) return undefined;
  const text = turns
    .map(
      ({ author, parts }) =>
        `<|im_start|>${author === assistant ? "assistant" : "user"}\n${parts.join("\n")}<|im_end|>`,
    )
    .join("\n");
  const assistantTurns = turns.filter((turn) => turn.author === assistant).length;
  return { text: `${text}<|end_of_text|>`, assistantTurns, guild: first.guild, channel: first.channel };
}
