/** The rules of the cleaning chain that turn a message away; each gives its reason, or nothing. */
import { BLANK, BORDER, bulleted, EMOJI, fullLines, trim, WORD } from "./characters.ts";

export type Reject = (text: string) => string | undefined;

const pattern = (reason: string, source: string, flags = "u"): Reject => {
  const regex = new RegExp(source, flags);
  return (text) => (regex.test(text) ? reason : undefined);
};

const NOT_ASCII = /[\u0080-\uffff]/;
const EMOJIS = new RegExp(EMOJI, "gu");

const emojiSpam: Reject = (text) => {
  if (!NOT_ASCII.test(text)) return undefined;
  let end = -1;
  for (const found of text.matchAll(EMOJIS)) {
    if (end >= 0 && trim(text.slice(end, found.index)) === "") return "emoji_spam";
    end = found.index + found[0].length;
  }
  return undefined;
};

/** Asked of the text as it came. */
export const FIRST: readonly Reject[] = [
  emojiSpam,
  pattern("fake_token", `<[${WORD}]*>`),
  pattern("discord_timestamp", "<t:-?\\p{Nd}+(?::[tTdDfFR])?>"),
];

const EDGE = `${BLANK}:>\\-,.*"'\`\\u2018-\\u201f•·●▪◦‣`;
const TERMS = "trading|for trade|hp|evs|ev|iv|ga|tl|sts|ec|gx|vmax|vstar|lf|ft|cg|wtt|wt";
const LABELS = "have|want|looking for|id|pr|ex|mi|v|ss|h";
const TRADE = new RegExp(`(?<![^${EDGE}])(?:(?:${TERMS})(?![^${EDGE}])|(?:${LABELS})(?=:))`, "gi");
const PRICE = new RegExp(
  `[$€£][${BLANK}]?\\p{Nd}|\\p{Nd}[${BLANK}]?(?:[$€£]|(?:usd|eur|gbp|bucks)${BORDER})|${BORDER}iso${BORDER}`,
  "iu",
);

const cardTrade: Reject = (text) => {
  if (text.length < 10 || (text.length < 20 && [...text].length < 10)) return undefined;
  let first = "";
  for (const [found] of text.matchAll(TRADE)) {
    const term = found.toLowerCase();
    if (first === "") first = term;
    else if (term !== first) return "card_trade";
  }
  return first !== "" && PRICE.test(text) ? "card_trade" : undefined;
};

const PROGRAM = new Set(
  (
    "alignas alignof asm bool boolean cdef cerr char cin cls cmp co_await co_return co_yield compl const consteval " +
    "constexpr constinit cout decltype def del elif elseif elsif endfor endforeach endif endswitch endwhile enum " +
    "esac fi fmt fn foreach fprintf func functor getline ifdef ifndef impl instanceof int isset lambda lateinit " +
    "mut namespace nil noexcept nonlocal nullptr printf println proc pub puts reinterpret_cast sbyte scanf sizeof " +
    "stackalloc static_assert static_cast std strictfp struct thread_local typealias typedef typeid typename " +
    "typeof uint ulong undef ushort var vararg void wchar_t"
  ).split(" "),
);
const PROSE_TOO = new Set(
  (
    "abstract alias and array as assert async atomic auto await base begin break byte case catch checked chmod " +
    "chown class clone concept console continue contract crate curl data debugger decimal declare default defer " +
    "define delegate delete derive deriving describe dim do docker double drop dyn echo else end ensure eval event " +
    "except exec exit explicit export expr extends extern fallthrough false file final finally fixed float for " +
    "foreign forever friend from fun function get git global goto grep guard guid hash head if implements implicit " +
    "import in include infix inherit init inline inner inout insert integer interface internal into is join lazy " +
    "left let library list local lock long loop ls macro make map match method mixin mkdir mod module move mutable " +
    "native new next none not npm null object of on opaque open operator optional or out override package parallel " +
    "params pass pip pragma prefix print priv private procedure property protected protocol public pure raise " +
    "range readonly ref register repeat require rescue restrict retry return sealed select self set short signed " +
    "start static step string sub sudo super switch synchronized table template test then this throw throws trait " +
    "transient true try type unchecked union unless unsafe unset unsigned until update use using val values " +
    "virtual volatile weak when where while with within xor yield"
  ).split(" "),
);

const SENTENCE = "(?=[A-Za-z0-9 ,'.!?-]*[.!?]$) *[^ ]+(?: +[^ ]+){2}";
const SHAPED = new RegExp(
  [
    "[{}]",
    "[A-Za-z0-9_)\\]!][([](?!(?:s|es|d|ed|n)\\))",
    `[A-Za-z0-9_)\\]"'+\\-*/|&%:!<>=.][${BLANK}]*=(?!${SENTENCE}) *(?:$|[A-Za-z0-9_([{"'&*\\-+.$@!=>\\\\])`,
    "^;$|[A-Za-z0-9_)\\]}\"'+-];$",
  ].join("|"),
);
const TAIL = new RegExp(`^$|:$|^[${BLANK}]*\\(|^ (?=[^ ]*(?:::|\\.[^ .]))[${BLANK}]*[^ ]+$`);

function isCode(line: string): boolean {
  if (SHAPED.test(line)) return true;
  const word = /^[A-Za-z0-9_]*/.exec(line)?.[0] ?? "";
  return PROGRAM.has(word) || (PROSE_TOO.has(word) && TAIL.test(line.slice(word.length)));
}

const codeLike: Reject = (text) => {
  if (!text.includes("\n")) return undefined;
  const lines = fullLines(text);
  return lines.length > 2 && lines.filter(isCode).length >= lines.length / 2 ? "code_like" : undefined;
};

const bulletpointList: Reject = (text) => {
  if (!text.includes("\n")) return undefined;
  const lines = trim(text).split("\n");
  return lines.length > 2 && lines.filter(bulleted).length >= lines.length / 2 ? "bulletpoint_list" : undefined;
};

/** Blocks, in the order they are named in. */
const BLOCKS: readonly [string, number, number][] = [
  ["cyrillic", 0x400, 0x52f],
  ["hebrew", 0x590, 0x5ff],
  ["arabic", 0x600, 0x6ff],
  ["arabic_supplement", 0x750, 0x77f],
  ["devanagari", 0x900, 0x97f],
  ["bengali", 0x980, 0x9ff],
  ["thai", 0xe00, 0xe7f],
  ["hangul_jamo", 0x1100, 0x11ff],
  ["hiragana_katakana", 0x3040, 0x30ff],
  ["cjk_ext_a", 0x3400, 0x4dbf],
  ["cjk", 0x4e00, 0x9fff],
  ["hangul_syllables", 0xac00, 0xd7af],
  ["cyrillic_ext_b", 0xa640, 0xa69f],
  ["cyrillic_ext_a", 0x2de0, 0x2dff],
  ["cjk_radicals", 0x2e80, 0x2eff],
  ["cjk_symbols", 0x3000, 0x303f],
  ["bopomofo_extended", 0x31a0, 0x31bf],
  ["katakana_extensions", 0x31f0, 0x31ff],
  ["bopomofo", 0x3100, 0x312f],
];

const MARK = /[\p{M}\p{Cf}\p{Cn}]/u;

const nonlatinSpam: Reject = (text) => {
  const body = NOT_ASCII.test(text) ? trim(text) : "";
  let all = 0;
  let odd = 0;
  let block = BLOCKS.length;
  for (const c of body) {
    all++;
    const code = c.codePointAt(0) ?? 0;
    if (code < 0x80) continue;
    const inside = BLOCKS.findIndex(([, first, last]) => code >= first && code <= last);
    if (inside >= 0) block = Math.min(block, inside);
    if (inside >= 0 || MARK.test(c)) odd++;
  }
  return odd > 0 && odd >= 0.3 * all ? `nonlatin_spam_${BLOCKS[block]?.[0] ?? "other"}` : undefined;
};

const WORDS = new RegExp(`[^${BLANK}]+`, "g");

const singleWordLines: Reject = (text) => {
  if (!text.includes("\n")) return undefined;
  const lines = fullLines(text);
  const short = lines.filter((line) => (line.match(WORDS)?.length ?? 0) <= 2);
  return lines.length > 4 && short.length >= 2 ? "single_word_lines" : undefined;
};

const SALES = new RegExp(
  "vouch|payment first|dm me|price|account|slot|trial|full gear|" + `${BORDER}lf[tw]?${BORDER}|\\p{Nd}+v\\p{Nd}+`,
  "iu",
);

const serviceAd: Reject = (text) => {
  if (!/accepting/i.test(text) || !/offering/i.test(text)) return undefined;
  const lines = text.split("\n");
  const sales = lines.filter((line) => SALES.test(line)).length;
  return lines.length >= 4 && sales >= 2 && lines.filter(bulleted).length >= 2 ? "service_ad" : undefined;
};

const duplicateLinesOnly: Reject = (text) => {
  if (!text.includes("\n")) return undefined;
  const lines = fullLines(text);
  return lines.length > 1 && lines.every((line) => line === lines[0]) ? "duplicate_lines_only" : undefined;
};

const NUMBERED = new RegExp(`^\\p{N}+[.):\\-${BLANK}]`, "u");

const numberedLineBlock: Reject = (text) => {
  if (!text.includes("\n")) return undefined;
  const lines = fullLines(text);
  if (lines.length <= 4) return undefined;
  const numbered = lines.filter((line) => {
    const bare = line.startsWith("x") || bulleted(line) ? trim(line.slice(1)) : line;
    return NUMBERED.test(bare);
  });
  return numbered.length >= 2 ? "numbered_line_block" : undefined;
};

const DIGITS = /^[\p{Nd}²³¹⁰⁴-⁹₀-₉①-⑨⑴-⑼⒈-⒐⓪⓵-⓽⓿❶-❾➀-➈➊-➒]+$/u;

const numericOnlyLine: Reject = (text) =>
  text.split("\n").some((line) => DIGITS.test(trim(line))) ? "numeric_only_line" : undefined;

const lfHint = pattern("lf_hint", `${BORDER}lf[\\p{Nd}:]*${BORDER}`, "iu");
const doubleDash = pattern(
  "double_dash",
  `[–—][${WORD}]|[^${BLANK}\\-]--+[${WORD}]|(?:^|[${BLANK}])--+[${WORD}]+(?:[^${WORD}=\\-]|$)|(?:^|[${BLANK}])-(?!\\p{Nd})[${WORD}]{3}`,
);
const percentEncoding = pattern("percent_encoding", "%[0-9A-Fa-f]{2}");
const cpReference = pattern("cp_reference", `child[${BLANK}]+porn`, "iu");

/** Asked of the rewritten text. */
export const LAST: readonly Reject[] = [
  (text) => (trim(text) === "" ? "empty" : undefined),
  cardTrade,
  codeLike,
  bulletpointList,
  lfHint,
  doubleDash,
  percentEncoding,
  nonlatinSpam,
  singleWordLines,
  serviceAd,
  pattern("multi_newlines", "\\n{3,}"),
  duplicateLinesOnly,
  numberedLineBlock,
  numericOnlyLine,
  cpReference,
];

/** Those of them that look at a dialogue as a whole; the others look at each turn. */
export const OF_ROWS: ReadonlySet<Reject> = new Set([
  cardTrade,
  lfHint,
  doubleDash,
  percentEncoding,
  serviceAd,
  cpReference,
]);
