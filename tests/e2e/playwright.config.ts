import { existsSync } from "node:fs";
import { defineConfig, type LaunchOptions } from "@playwright/test";

const DEBIANS = "/usr/bin/chromium";

/** `cargo xtask test` names the browser; by hand it is Debian's, or else Playwright's own. */
const executablePath = process.env.CHROMIUM || (existsSync(DEBIANS) ? DEBIANS : undefined);

/** How the browser is started. */
export const launchOptions: LaunchOptions = {
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
};

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
    launchOptions,
  },
});
