import { type Credits, createCredits } from "creditpack";

/** What a case needs to know of the site that it runs against. */
export interface World {
  /** The site's own address: tokens, and grants with the secret key. */
  readonly site: string;
  /** creditpackd itself. */
  readonly backend: string;
}

/** What is spent on: one credit of the starter config. */
export const OPERATION = "draft";

/** A new account that owns `credits`. */
export async function fund(world: World, credits: number): Promise<string> {
  const account = `bench_${crypto.randomUUID()}`;
  await grant(world, account, credits);
  return account;
}

/** Grants, by way of the site's server. Resolves when the backend has answered it. */
export async function grant({ site }: World, account: string, credits: number): Promise<void> {
  await posted(`${site}/grant`, { account, credits });
}

/** Has the site's server do the work of `op` under `withCredits`; resolves when it is paid for. */
export async function work({ site }: World, account: string, op: string): Promise<void> {
  await posted(`${site}/work`, { account, op, operation: OPERATION });
}

/** A token for the account's page. */
export async function mint({ site }: World, account: string): Promise<string> {
  const { token } = await posted<{ readonly token: string }>(`${site}/token`, { account });
  return token;
}

/** A client as a page opens it, with everything it starts with behind it. */
export async function open(world: World, account: string, endpoint: string): Promise<Credits> {
  const credits = createCredits({ endpoint, account, getToken: () => mint(world, account) });
  await credits.ready;
  return credits;
}

async function posted<T>(url: string, body: object): Promise<T> {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return answer.json() as Promise<T>;
}
