import type { Credits } from "creditpack";
import type { Display } from "./cases/commit.js";
import { measure } from "./run.js";

const [site, backend] = process.argv.slice(2);
if (!site || !backend) throw new Error("usage: node in-node.js SITE BACKEND");
const measured = await measure({ site, backend }, subscriber);
process.send?.(measured);
process.disconnect();

/** A subscriber that reads the snapshot: without a page there is nothing closer to a buyer. */
function subscriber(credits: Credits): Display {
  return {
    text: () => String(credits.getSnapshot().shown),
    watch: (changed) => credits.subscribe(changed),
    remove: () => {},
  };
}
