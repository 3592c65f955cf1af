import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { defineConfig } from "@playwright/test";

/** `CHROMIUM`, else one on the PATH; else Playwright looks for a browser of its own. */
function chromium(): string | undefined {
  const { CHROMIUM, PATH = "" } = process.env;
  const names = ["chromium", "google-chrome"];
  const found = PATH.split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  return CHROMIUM || found.find((path) => existsSync(path));
}

const executablePath = chromium();

export default defineConfig({
  testDir: ".",
  testMatch: "*.spec.ts",
  outputDir: "output/failures",
  reporter: [["list"]],
  timeout: 60_000,
  expect: { timeout: 10_000 },
  // One backend and one network for all: its restarts and delays are felt by every test.
  workers: 1,
  forbidOnly: true,
  use: {
    viewport: { width: 1280, height: 900 },
    colorScheme: "light",
    reducedMotion: "reduce",
    trace: "retain-on-failure",
    launchOptions: {
      ...(executablePath && { executablePath }),
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
