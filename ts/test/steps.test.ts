import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { build } from "../api/index.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const addon = existsSync(join(root, "bindings/index.js"));
const cases = join(root, "fixtures/steps");

// The addon is not built in a checkout that only works on TypeScript; `npm test` builds it first.
describe.skipIf(!addon)("step fixtures", () => {
  describe.each(readdirSync(cases).sort())("%s", (name) => {
    it.each([1, 2, 7])("gives the same bytes with %d threads", async (threads) => {
      const out = mkdtempSync(join(tmpdir(), "gm-step-"));
      try {
        await build(join(cases, name, "recipe.yaml"), { out: join(out, "o"), threads });
        const expected = join(cases, name, "expected");
        for (const file of readdirSync(expected)) {
          expect(readFileSync(join(out, "o", file), "utf8"), file).toBe(readFileSync(join(expected, file), "utf8"));
        }
      } finally {
        rmSync(out, { recursive: true, force: true });
      }
    });
  });
});
