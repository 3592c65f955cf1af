import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { address, binary } from "./backend.js";

/** The key that the stand-in takes. */
export const STRIPE_KEY = "rk_test_of_the_stand_in";

/** A request that the stand-in got. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly form: Record<string, string>;
  readonly key: string | null;
  readonly version: string | null;
}

/** The stand-in for Stripe of the backend's own tests, as a process. */
export interface StripeFake {
  readonly url: string;
  /** Has something become of a session, payment, refund or dispute; the event that tells of it. */
  tell(what: string, id: string): Promise<{ data: { object: { id: string } } }>;
  asked(): Promise<Asked[]>;
  /** The header with which the backend's test mode signs a body. */
  sign(body: string, secret: string): Promise<string>;
  stop(): void;
}

/** Starts one on a free port. */
export async function startStripeFake(): Promise<StripeFake> {
  const program = join(dirname(binary), "examples", "stripe_fake");
  if (!existsSync(program)) {
    throw new Error(`${program} is missing: run \`cargo build -p creditpackd --examples\``);
  }
  // It ends with its standard input, and so with whoever started it.
  const child = spawn(program, { stdio: ["pipe", "pipe", "pipe"] });
  const url = await address(child);
  const control = async (path: string, init?: RequestInit) => {
    const answer = await fetch(`${url}/_control/${path}`, init);
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
    return answer;
  };
  return {
    url,
    tell: async (what, id) => (await control(`${what}/${id}`, { method: "POST" })).json(),
    asked: async () => (await control("asked")).json(),
    sign: async (body, secret) =>
      (await control(`sign/${secret}`, { method: "POST", body })).text(),
    stop: () => child.stdin.end(),
  };
}
