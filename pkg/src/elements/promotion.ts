import type { PackOffer } from "../catalog.js";
import type { Credits } from "../client.js";
import {
  type CreditError,
  isCreditError,
  PROMOTION_REFUSALS,
  type PromotionRefusal,
  toCreditError,
} from "../errors.js";
import type { QuoteAnswer } from "../quotes.js";
import { reconcile } from "../snapshot.js";

/** How long the packs may wait for the terms of a code that is there from the start. */
const WAIT_MS_MAX = 2000;

/** What a code makes of the packs. */
export interface Promoted {
  readonly code: string;
  /** Of the packs that it is good for. */
  readonly quotes: readonly QuoteAnswer[];
  /** The packs that it is not good for, and why. */
  readonly refused: readonly RefusedPack[];
}

/** A pack that a code is not good for. */
export interface RefusedPack {
  readonly pack: string;
  /** Absent for a reason that this version does not know. */
  readonly reason?: PromotionRefusal;
}

/** A code that is not good for any pack, or could not be asked about. */
export interface RefusedCode {
  readonly code: string;
  readonly error: CreditError;
}

/**
 * The promotion of one `<credit-packs>`: the code that is wanted, what the backend says of it for
 * each pack, and, for as long as that is asked, what it said before.
 */
export class Promotion {
  readonly #changed: () => void;
  #credits: Credits | undefined;
  #packs: readonly PackOffer[] = [];
  #code: string | undefined;
  #applied: Promoted | undefined;
  #refused: RefusedCode | undefined;
  #isLate = false;
  #asked = 0;

  /** `changed` is called whenever what can be read here differs. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** The terms to sell at, if a code is applied. */
  get applied(): Promoted | undefined {
    return this.#applied;
  }

  /** The code that was refused last, until another is wanted. */
  get refused(): RefusedCode | undefined {
    return this.#refused;
  }

  /** A code is being asked about, and there are no terms of it yet. */
  get isChecking(): boolean {
    return this.#code !== undefined && !this.#applied && !this.#refused;
  }

  /** The same, for longer than anybody should wait. */
  get isLate(): boolean {
    return this.#isLate;
  }

  /** Applies `code` as soon as there are packs; an empty one removes what is applied. */
  apply(code: string): void {
    const wanted = code.trim() || undefined;
    if (this.#applied && this.#applied.code !== wanted) this.#applied = undefined;
    this.#code = wanted;
    this.#refused = undefined;
    this.#isLate = false;
    if (wanted === undefined) this.#asked += 1;
    else this.again();
    this.#changed();
  }

  /** The packs to apply codes to. Others than before, or another client's, are asked about anew. */
  follow(credits: Credits | undefined, packs: readonly PackOffer[]): void {
    if (credits !== this.#credits) this.#applied = undefined;
    const isSame = credits === this.#credits && packs === this.#packs;
    [this.#credits, this.#packs] = [credits, packs];
    if (!isSame && !this.#refused) this.again();
  }

  /** Asks once more about the code that is wanted; what was said of it stands meanwhile. */
  again(): void {
    const [credits, code] = [this.#credits, this.#code];
    if (!credits || code === undefined || this.#packs.length === 0) return;
    void this.#ask(credits, code);
  }

  /** Takes the code back: a checkout was refused because of it. */
  refuse(error: CreditError): void {
    if (this.#code === undefined) return;
    this.#asked += 1;
    this.#refuse(this.#code, error);
    this.#changed();
  }

  async #ask(credits: Credits, code: string): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    const late = setTimeout(() => {
      if (asked !== this.#asked) return;
      this.#isLate = true;
      this.#changed();
    }, WAIT_MS_MAX);
    try {
      const applied = await promoted(credits, code, this.#packs);
      if (asked === this.#asked) this.#applied = reconcile(this.#applied, applied);
    } catch (thrown) {
      if (asked === this.#asked) this.#fail(code, toCreditError(thrown));
    } finally {
      clearTimeout(late);
    }
    if (asked === this.#asked) this.#changed();
  }

  /** Terms that stood before stay when the backend cannot be asked: the checkout decides anyway. */
  #fail(code: string, error: CreditError): void {
    if (!this.#applied || error.code === "promotion_invalid") this.#refuse(code, error);
  }

  #refuse(code: string, error: CreditError): void {
    this.#refused = { code, error };
    this.#code = undefined;
    this.#applied = undefined;
  }
}

/**
 * What `code` makes of `packs`.
 *
 * @throws CreditError `promotion_invalid` if it is good for none of them; of several reasons the
 * one that is decided last, which is that of the pack that came closest.
 */
async function promoted(
  credits: Credits,
  code: string,
  packs: readonly PackOffer[],
): Promise<Promoted> {
  const answers = await Promise.all(packs.map(({ id }) => quoteOrRefusal(credits, id, code)));
  const quotes = answers.flatMap((answer) => (isCreditError(answer) ? [] : [answer]));
  const refusals = answers.filter(isCreditError).sort((a, b) => decidedAt(b) - decidedAt(a));
  if (quotes.length === 0 && refusals[0]) throw refusals[0];
  const refused = packs.flatMap(({ id: pack }, at) => {
    const answer = answers[at];
    return isCreditError(answer) ? [{ pack, ...(answer.reason && { reason: answer.reason }) }] : [];
  });
  return { code, quotes, refused };
}

function decidedAt({ reason }: CreditError): number {
  return reason ? PROMOTION_REFUSALS.indexOf(reason) : -1;
}

async function quoteOrRefusal(credits: Credits, pack: string, promotion: string) {
  try {
    return await credits.quote(pack, { promotion });
  } catch (thrown) {
    const error = toCreditError(thrown);
    if (error.code !== "promotion_invalid") throw error;
    return error;
  }
}
