import { describe, expect, it } from "vitest";
import { parseBytes, parsePairs, parseShare } from "./quantities.ts";
import { kebabOptions, splitCommand, takeDotted } from "./words.ts";

describe("command line words", () => {
  it("takes _ for - in option names, never in values", () => {
    expect(kebabOptions(["--max_bad_rows=a_b", "--set", "a_b=1", "--rules.card_trade=off", "--", "--a_b"])).toEqual([
      "--max-bad-rows=a_b",
      "--set",
      "a_b=1",
      "--rules.card_trade=off",
      "--",
      "--a_b",
    ]);
  });

  it("finds the command behind flags", () => {
    expect(splitCommand(["--json", "-v", "build", "x"])).toEqual({ command: "build", rest: ["--json", "-v", "x"] });
    expect(splitCommand(["--help"])).toEqual({ command: undefined, rest: ["--help"] });
  });

  it("takes out dotted options with = or the next word", () => {
    const { rest, dotted } = takeDotted(["in.csv", "--rules.card_trade=off", "--source.delimiter", ";", "-o", "x"]);
    expect(rest).toEqual(["in.csv", "-o", "x"]);
    expect(dotted).toEqual([
      { name: "rules", path: ["card_trade"], value: "off" },
      { name: "source", path: ["delimiter"], value: ";" },
    ]);
  });
});

describe("quantities", () => {
  it.each([
    ["4g", 2 ** 32],
    ["1.5GiB", 1.5 * 2 ** 30],
    ["512m", 2 ** 29],
    ["1000", 1000],
  ])("%s is %d bytes", (text, bytes) => {
    expect(parseBytes(text, "memory")).toBe(bytes);
  });

  it.each(["", "4x", "-1g", "g", "0", "1e9999"])("%s is not a number of bytes", (text) => {
    expect(() => parseBytes(text, "memory")).toThrow(/not a number of bytes/);
  });

  it.each([
    ["1%", 0.01],
    ["0.25", 0.25],
    ["100%", 1],
  ])("%s is a share", (text, share) => {
    expect(parseShare(text, "sample")).toBe(share);
  });

  it.each(["0", "0%", "101%", "2", "-1%", "some"])("%s is not a share", (text) => {
    expect(() => parseShare(text, "sample")).toThrow(/not a share/);
  });

  it("reads pairs; the value may hold =", () => {
    expect(parsePairs(["a=b=c", "d="], "var")).toEqual({ a: "b=c", d: "" });
    expect(() => parsePairs(["=x"], "var")).toThrow(/no value/);
  });
});
