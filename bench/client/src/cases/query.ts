import { MutationObserver, QueryClient, QueryObserver } from "@tanstack/query-core";
import { uuidv7 } from "creditpack/server";
import { rank, repeat, type Times, within } from "../times.js";
import { fund, mint, type World, work } from "./world.js";

const SPENDS = 500;
const KEY: readonly unknown[] = ["balance"];

/**
 * The yardstick: the same counter by TanStack Query's documented optimistic pattern, against the
 * same backend and the same work. From `mutate()` until the query's subscriber is told of the lowered number.
 */
export async function measureQuery(world: World): Promise<Times> {
  const account = await fund(world, 2 * SPENDS);
  const authorization = `Bearer ${await mint(world, account)}`;
  const client = new QueryClient();
  client.mount();
  const balance = new QueryObserver(client, {
    queryKey: KEY,
    queryFn: () => read(world, account, authorization),
  });
  const closeBalance = balance.subscribe(() => {});
  const spending = new MutationObserver(
    client,
    optimistic(client, () => work(world, account, uuidv7())),
  );
  const { data } = await within(10_000, "balance", balance.refetch());
  if (data !== 2 * SPENDS) throw new Error(`the balance begins with ${data}`);
  try {
    return rank(await repeat(SPENDS, () => once(client, balance, spending)));
  } finally {
    closeBalance();
    client.unmount();
    client.clear();
  }
}

/** What is put back if the mutation fails. */
interface Kept {
  readonly before: number | undefined;
}

/** As its guide has it: cancel, keep, set; put back on an error; ask again in any case. */
function optimistic(client: QueryClient, mutationFn: () => Promise<void>) {
  return {
    mutationFn,
    onMutate: async () => {
      await client.cancelQueries({ queryKey: KEY });
      const before = client.getQueryData<number>(KEY);
      client.setQueryData<number>(KEY, (shown) => (shown ?? 0) - 1);
      return { before };
    },
    onError: (_error: Error, _spend: unknown, kept: Kept | undefined) => {
      client.setQueryData(KEY, kept?.before);
    },
    onSettled: () => client.invalidateQueries({ queryKey: KEY }),
  };
}

async function once(
  client: QueryClient,
  balance: QueryObserver<number>,
  spending: MutationObserver<void, Error, unknown, Kept>,
): Promise<number> {
  const before = client.getQueryData<number>(KEY) ?? 0;
  let stop = () => {};
  const told = new Promise<number>((resolve) => {
    stop = balance.subscribe(({ data }) => {
      if (data !== undefined && data < before) resolve(performance.now());
    });
  });
  const called_at = performance.now();
  const spent = spending.mutate(undefined);
  const told_at = await within(10_000, "notice of a mutation", told);
  stop();
  await within(10_000, "end of a mutation", spent);
  return told_at - called_at;
}

async function read({ backend }: World, account: string, authorization: string): Promise<number> {
  const headers = { authorization };
  const answer = await fetch(`${backend}/v1/account?account=${account}`, { headers });
  if (!answer.ok) throw new Error(`the account was answered with ${answer.status}`);
  return ((await answer.json()) as { readonly available: number }).available;
}
