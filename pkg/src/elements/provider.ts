import { type Credits, createCredits } from "../client.js";
import { CreditError, toCreditError } from "../errors.js";
import type { Messages } from "../messages.js";
import { type CreditSource, provide, sourcesChanged } from "./context.js";
import { adopt, define, ElementBase, h, upgradeProperty } from "./dom.js";
import { emit } from "./events.js";
import { settleLanding } from "./landing.js";
import { report } from "./reporter.js";

const TOKEN_MS_MAX = 15_000;

/**
 * `<credit-provider>` opens one account's credits for the elements inside it, or, being the only
 * one, for the whole page.
 *
 * @attr endpoint - The backend's address.
 * @attr account - Whose credits.
 * @attr token-url - Where the app's server mints tokens: a `POST` to it answers `{"token": "…"}`.
 * @attr currency - Of the prices shown.
 * @attr offline-credits - How many credits may be spent while offline; default none.
 * @attr lang - Language of labels and prices; default the page's.
 * @slot - The page's content.
 * @fires credit-ready @fires credit-balance-change @fires credit-low @fires credit-empty
 * @fires credit-returned @fires credit-error
 */
export class CreditProvider extends ElementBase implements CreditSource {
  static readonly observedAttributes: readonly string[] = [
    "endpoint",
    "account",
    "token-url",
    "currency",
    "offline-credits",
    "lang",
  ];

  #messages: Partial<Messages> | undefined;
  #given: Credits | undefined;
  #made: Credits | undefined;
  #withdraw = () => {};
  #stop = new AbortController();
  #refreshing = false;
  #openKey = "";
  #openGiven: Credits | undefined;

  /** The client: the one set here, or the one made from the attributes. */
  get credits(): Credits | undefined {
    return this.#given ?? this.#made;
  }
  set credits(credits: Credits | undefined) {
    this.#given = credits;
    this.#renew();
  }

  /** Words to use in place of the built-in ones, by the elements inside. */
  get messages(): Partial<Messages> | undefined {
    return this.#messages;
  }
  set messages(messages: Partial<Messages> | undefined) {
    this.#messages = messages;
    if (this.isConnected) sourcesChanged();
  }

  connectedCallback(): void {
    upgradeProperty<CreditProvider>(this, "credits");
    upgradeProperty<CreditProvider>(this, "messages");
    if (!this.shadowRoot) {
      const root = this.attachShadow({ mode: "open" });
      adopt(root, ":host { display: contents; }");
      root.append(h("slot"));
    }
    this.#withdraw();
    this.#withdraw = provide(this);
    this.#renew();
  }

  disconnectedCallback(): void {
    this.#withdraw();
    this.#withdraw = () => {};
    this.#renew();
  }

  attributeChangedCallback(): void {
    this.#renew();
  }

  /** Once per turn: attributes come one by one, and a moved element leaves before it arrives. */
  #renew(): void {
    if (this.#refreshing) return;
    this.#refreshing = true;
    queueMicrotask(() => {
      this.#refreshing = false;
      this.#open();
    });
  }

  #open(): void {
    const key = this.isConnected ? this.#key() : "";
    if (key === this.#openKey && this.#given === this.#openGiven) return;
    [this.#openKey, this.#openGiven] = [key, this.#given];
    this.#stop.abort();
    this.#stop = new AbortController();
    this.#made?.close();
    this.#made = this.#given || key === "" ? undefined : this.#create();
    const { credits } = this;
    if (credits && this.isConnected) {
      const unreport = report(this, credits);
      this.#stop.signal.addEventListener("abort", unreport);
      void settleLanding(credits, this.#stop.signal);
    }
    sourcesChanged();
  }

  /** Names what the attributes ask for; empty while one that is needed is missing. */
  #key(): string {
    const needed = ["endpoint", "account", "token-url"].map((name) => this.getAttribute(name));
    if (needed.some((value) => value === null)) return "";
    const optional = ["currency", "offline-credits"].map((name) => this.getAttribute(name));
    return JSON.stringify([...needed, ...optional, this.lang]);
  }

  #create(): Credits | undefined {
    const tokenUrl = this.getAttribute("token-url") ?? "";
    try {
      return createCredits({
        endpoint: absolute(this.getAttribute("endpoint") ?? ""),
        account: this.getAttribute("account") ?? "",
        currency: this.getAttribute("currency") ?? undefined,
        offlineCredits: Number(this.getAttribute("offline-credits") ?? 0),
        locale: this.closest<HTMLElement>("[lang]")?.lang,
        getToken: () => fetchToken(tokenUrl),
      });
    } catch (thrown) {
      const error = toCreditError(thrown);
      console.error("creditpack: <credit-provider> cannot be opened.", error);
      emit(this, "credit-error", error);
      return undefined;
    }
  }
}

function absolute(endpoint: string): string {
  try {
    return new URL(endpoint, document.baseURI).href;
  } catch (cause) {
    const words = `endpoint="${endpoint}" is no address.`;
    throw new CreditError("invalid_request", words, { field: "endpoint", cause });
  }
}

async function fetchToken(url: string): Promise<string> {
  const request = {
    method: "POST",
    headers: { accept: "application/json" },
    signal: AbortSignal.timeout(TOKEN_MS_MAX),
  };
  const response = await fetch(url, request);
  const body: unknown = await response.json().catch(() => undefined);
  const token: unknown = typeof body === "object" && body !== null && Reflect.get(body, "token");
  if (response.ok && typeof token === "string") return token;
  const { status } = response;
  throw new CreditError("token_missing", `${url} answered ${status} without a token.`, { status });
}

define("credit-provider", CreditProvider);

declare global {
  interface HTMLElementTagNameMap {
    "credit-provider": CreditProvider;
  }
}
