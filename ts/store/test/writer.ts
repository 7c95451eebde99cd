/** A process that writes batch after batch and says which are acknowledged, until someone kills it. */
import { openStore } from "../index.ts";
import { batchOf } from "./numbered.ts";

const [place = "", from = "0"] = process.argv.slice(2);
const store = await openStore(place);
const writers = Array.from({ length: 4 }, async (_, writer) => {
  for (let number = Number(from) + writer; ; number += 4) {
    await store.apply(batchOf(number), { key: `batch-${number}` });
    process.stdout.write(`${number}\n`);
  }
});
await Promise.all(writers);
