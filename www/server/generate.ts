import type { IncomingMessage, ServerResponse } from "node:http";
import { type CreditsServer, toProblemResponse } from "creditpack/server";
import { type Line, type OperationId, type Order, PROMPT_LENGTH_MAX } from "../shared/api.ts";
import { GenerationFailed, perform } from "./generator/perform.ts";
import { script } from "./generator/script.ts";
import { Refused, readObject, sendResponse } from "./http.ts";

/**
 * `POST /api/generate`: the work itself, paid by the op that the page shows as pending.
 *
 * The page may have made the hold already or only announced its op: `withCredits` claims or makes
 * it, runs the generator at most once for it, and spends the credit only if there is a result.
 * Closing the page stops the work and returns the credit.
 */
export async function generate(
  credits: CreditsServer,
  account: string,
  takeFailure: () => boolean,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // From the first moment: a page that leaves while its order is read must be noticed too.
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  const { signal } = gone;
  const { op, operation, prompt } = readOrder(await readObject(request));
  try {
    const paid = { account, operation, op, signal };
    const { result: made } = await credits.withCredits(paid, (work) => {
      begin(response);
      const told = (line: Line) => tell(response, line);
      const conditions = { fails: takeFailure(), signal: work.signal };
      return perform(script(operation, prompt), told, conditions);
    });
    tell(response, { type: "made", made });
    response.end();
  } catch (error) {
    if (signal.aborted) return;
    if (!response.headersSent) return sendResponse(response, toProblemResponse(error));
    tell(response, { type: "failed", reason: reasonOf(error) });
    response.end();
  }
}

function begin(response: ServerResponse): void {
  response.writeHead(200, {
    "content-type": "application/x-ndjson",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  });
  tell(response, { type: "started" });
}

function tell(response: ServerResponse, line: Line): void {
  if (!response.destroyed) response.write(`${JSON.stringify(line)}\n`);
}

function reasonOf(error: unknown): string {
  if (error instanceof GenerationFailed) return error.message;
  console.error("a generation failed:", error);
  return "the credit backend could not be reached";
}

function readOrder(body: Record<string, unknown>): Order {
  const { op, operation, prompt } = body;
  if (typeof op !== "string") throw new Refused(400, "invalid_request", "op: a string");
  if (!isOperation(operation)) {
    throw new Refused(400, "invalid_request", "operation: draft, image or campaign");
  }
  if (typeof prompt !== "string" || prompt.trim() === "" || prompt.length > PROMPT_LENGTH_MAX) {
    throw new Refused(400, "invalid_request", `prompt: 1 to ${PROMPT_LENGTH_MAX} characters`);
  }
  return { op, operation, prompt };
}

function isOperation(value: unknown): value is OperationId {
  return value === "draft" || value === "image" || value === "campaign";
}
