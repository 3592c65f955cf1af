// Measures the client in Chromium and in Node against a real backend, prints a table of each, and
// ends with 1 if a time is over its ceiling. CREDITPACKD and CHROMIUM name the two programs.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { startBackend } from "./backend.js";
import type { World } from "./cases/world.js";
import type { Measured } from "./run.js";
import { openSite } from "./site.js";
import { table } from "./table.js";

const ARGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"];

const site = await openSite();
const backend = await startBackend(named("CREDITPACKD"), site.url);
site.serve(backend);
try {
  const world = { site: site.url, backend: backend.endpoint };
  const tables = [
    table("Chromium", "<credit-balance>", await inChromium(world)),
    table("Node", "subscriber", await inNode(world)),
  ];
  for (const { text } of tables) console.log(`${text}\n`);
  const over = tables.flatMap((each) => each.over);
  if (over.length > 0) {
    console.error(`over the ceiling:\n${over.join("\n")}`);
    process.exitCode = 1;
  }
} finally {
  await backend.stop();
  site.close();
}

function named(variable: string): string {
  const path = process.env[variable];
  if (!path) throw new Error(`${variable} names no program: run \`cargo xtask bench client\``);
  return path;
}

async function inChromium(world: World): Promise<Measured> {
  const browser = await chromium.launch({ executablePath: named("CHROMIUM"), args: ARGS });
  try {
    const page = await browser.newPage();
    page.on("pageerror", (error) => console.error(error));
    await page.goto(world.site);
    await page.waitForFunction(() => globalThis.measureInPage !== undefined);
    return await page.evaluate((world) => globalThis.measureInPage(world), world);
  } finally {
    await browser.close();
  }
}

/** In a process of its own: this one serves the site. */
async function inNode({ site, backend }: World): Promise<Measured> {
  const script = fileURLToPath(new URL("in-node.js", import.meta.url));
  const child = fork(script, [site, backend], {
    env: { ...process.env, NODE_ENV: "production" },
  });
  const [code, measured] = await Promise.all([
    once(child, "exit").then(([code]: number[]) => code),
    Promise.race([once(child, "message"), once(child, "exit")]),
  ]);
  if (code !== 0) throw new Error(`the benchmark in Node ended with ${code}`);
  return measured[0] as Measured;
}
