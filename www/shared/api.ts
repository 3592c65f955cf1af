// What the page and the app server say to each other: the bodies of /api, one type each.

/** The three things Studio does for a credit. The names are the catalog's operation ids. */
export type OperationId = "draft" | "image" | "campaign";

/** `GET /api/config`: where the credit backend is, as seen from the page, and whose page it is. */
export interface Config {
  endpoint: string;
  account: string;
}

/** `POST /api/token`: a short-lived client token for the session's account. */
export interface TokenAnswer {
  token: string;
  expiresAtMs: number;
}

/** `POST /api/generate`: do `operation` for `prompt`, paid by the spend `op`. */
export interface Order {
  op: string;
  operation: OperationId;
  prompt: string;
}

/** The longest prompt taken, in UTF-16 code units. */
export const PROMPT_LENGTH_MAX = 400;

export interface Draft {
  title: string;
  paragraphs: string[];
}

export interface Picture {
  title: string;
  /** A whole SVG document. Show it as an image only, never as markup. */
  svg: string;
}

export interface Campaign {
  idea: string;
  text: string;
  picture: Picture;
}

export type CampaignStep = keyof Campaign;
export const CAMPAIGN_STEPS: readonly CampaignStep[] = ["idea", "text", "picture"];

/** What an order yields, by operation. */
export type Made =
  | { operation: "draft"; draft: Draft }
  | { operation: "image"; picture: Picture }
  | { operation: "campaign"; campaign: Campaign };

/**
 * One line of the answer to `POST /api/generate` (`application/x-ndjson`).
 *
 * `started` comes first and means that the hold is claimed and work runs: from there on the app
 * server alone decides whether the credit is spent. The last line is `made` or `failed`.
 */
export type Line =
  | { type: "started" }
  | { type: "progress"; done: number; step?: CampaignStep }
  | { type: "words"; text: string }
  | { type: "step"; part: Partial<Campaign> }
  | { type: "made"; made: Made }
  | { type: "failed"; reason: string };

/** `GET` and `POST /api/backstage`: what the demo's controls are set to. */
export interface Backstage {
  /** The next generation stops halfway; then this is off again. */
  fail_next: boolean;
  /** Everything the backend says reaches the page this much later. */
  delay_ms: number;
  /** The page cannot reach the credit backend at all. */
  dropped: boolean;
  /** The payment provider's webhook is sent this long after the payment. */
  webhook_delay_ms: number;
}

export const DELAYS_MS: readonly number[] = [0, 2_000, 5_000];
export const WEBHOOK_DELAYS_MS: readonly number[] = [0, 5_000, 20_000];
