import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    setupFiles: ["tests/patience.ts"],
    // Backends are started per file; one of them answers 25-second long polls.
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
