// How long every test waits for what is to happen: longer than a busy machine takes to do it.
import { vi } from "vitest";

const PATIENCE_MS = 10_000;
const { waitFor } = vi;

vi.waitFor = (look, how = {}) =>
  waitFor(look, typeof how === "number" ? how : { timeout: PATIENCE_MS, ...how });
