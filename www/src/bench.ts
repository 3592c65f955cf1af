import type { Credits, Spend } from "creditpack";
import type { Line, OperationId } from "../shared/api.ts";
import { order, StudioError } from "./studio_api.ts";
import { newWork, type Work, withLine, withOutcome } from "./work.ts";

/** Told of every new state of a work; the first one is its beginning. */
export type OnWork = (work: Work) => void;

/**
 * Starts one operation and pays for it. The number on the page drops in this very call.
 *
 * Drafts and pictures are paid the first way: the browser makes the hold and the app server
 * claims it. A campaign is paid the second way: the op is only announced here, and the app server
 * makes the hold under it. Either way the app server decides whether the credit is spent.
 *
 * @throws CreditError if the credits do not suffice or are not known yet; nothing has started.
 */
export function start(
  client: Credits,
  operation: OperationId,
  prompt: string,
  onWork: OnWork,
): Running {
  const spend = operation === "campaign" ? client.announce(operation) : client.spend(operation);
  const running = new Running(spend, newWork(spend.op, operation, prompt, spend.credits), onWork);
  void running.carryOut();
  return running;
}

/** A piece of work under way. */
export class Running {
  readonly #spend: Spend;
  readonly #onWork: OnWork;
  readonly #connection = new AbortController();
  #work: Work;
  #begun = false;

  constructor(spend: Spend, work: Work, onWork: OnWork) {
    this.#spend = spend;
    this.#work = work;
    this.#onWork = onWork;
  }

  get op(): string {
    return this.#spend.op;
  }

  /**
   * Stops the work as soon as it runs. Not before: an order on its way cannot be called back, and
   * one given up unanswered might be carried out, and charged, with nobody looking.
   */
  stop(): void {
    this.#become({ ...this.#work, stopping: true });
    if (this.#begun) this.#connection.abort();
  }

  async carryOut(): Promise<void> {
    const { op, operation, prompt } = this.#work;
    this.#become(this.#work);
    // Rejects only when the client is closed, which is with the page.
    this.#spend.settled.then(
      (outcome) => this.#become(withOutcome(this.#work, outcome)),
      () => {},
    );
    try {
      const lines = order({ op, operation, prompt }, this.#connection.signal);
      for await (const line of lines) this.#take(line);
    } catch (error) {
      // Once the work has begun, its credit is the app server's to spend or to return.
      if (!this.#begun) this.#spend.cancel();
      this.#become(this.#ended(error));
    }
  }

  #take(line: Line): void {
    if (line.type === "started") {
      this.#begun = true;
      if (this.#work.stopping) this.#connection.abort();
    }
    this.#become(withLine(this.#work, line));
  }

  #ended(error: unknown): Work {
    if (this.#connection.signal.aborted) return { ...this.#work, stage: "stopped" };
    return { ...this.#work, stage: "failed", reason: reasonOf(error) };
  }

  #become(work: Work): void {
    this.#work = work;
    this.#onWork(work);
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof StudioError)) return "Studio could not be reached";
  return REASONS[error.code] ?? error.message;
}

const REASONS: Record<string, string> = {
  insufficient_credits: "the last credit went elsewhere first",
  cancelled: "it was cancelled before it began",
};
