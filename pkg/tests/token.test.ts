import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keepToken } from "../src/token.js";

const MINUTE_MS = 60_000;
let life: AbortController;

beforeEach(() => {
  life = new AbortController();
  vi.useFakeTimers();
  vi.spyOn(console, "error").mockReturnValue();
});
afterEach(() => {
  life.abort();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A JWT that lives `lifeS` seconds; its clock has nothing to do with ours. */
function jwt(lifeS: number, iat = 1_000): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "HS256" })}.${part({ sub: "ü?>", iat, exp: iat + lifeS })}.signature`;
}

test("a token is asked for once, however many want it", async () => {
  const getToken = vi.fn(async () => "opaque");
  const keeper = keepToken(getToken, life.signal);
  expect(await Promise.all([keeper.getToken(), keeper.getToken()])).toEqual(["opaque", "opaque"]);
  await vi.advanceTimersByTimeAsync(1_000 * MINUTE_MS);
  expect(await keeper.getToken()).toBe("opaque");
  expect(getToken).toHaveBeenCalledTimes(1);
});

test("a JWT is renewed ahead of its end, whatever the two clocks say", async () => {
  let minted = 0;
  const getToken = vi.fn(async () => jwt(600, minted++));
  const keeper = keepToken(getToken, life.signal);
  const first = await keeper.getToken();
  await vi.advanceTimersByTimeAsync(8.9 * MINUTE_MS);
  expect(await keeper.getToken()).toBe(first);
  await vi.advanceTimersByTimeAsync(0.2 * MINUTE_MS);
  expect(await keeper.getToken()).not.toBe(first);
  vi.setSystemTime(Date.now() - 300 * MINUTE_MS);
  await keeper.getToken();
  expect(getToken).toHaveBeenCalledTimes(2);
});

test("a page that keeps giving the same token is asked again only when it is refused", async () => {
  const token = jwt(600);
  const getToken = vi.fn(async () => token);
  const keeper = keepToken(getToken, life.signal);
  await keeper.getToken();
  await vi.advanceTimersByTimeAsync(10 * MINUTE_MS);
  for (let times = 0; times < 5; times += 1) await keeper.getToken();
  expect(getToken).toHaveBeenCalledTimes(2);
  keeper.dropToken("another");
  await keeper.getToken();
  expect(getToken).toHaveBeenCalledTimes(2);
  keeper.dropToken(token);
  await keeper.getToken();
  expect(getToken).toHaveBeenCalledTimes(3);
});

test("a token that the backend refuses at once is told of, one that has served is not", async () => {
  const getToken = vi.fn(async () => "opaque");
  const keeper = keepToken(getToken, life.signal);
  keeper.dropToken(await keeper.getToken());
  keeper.dropToken(await keeper.getToken());
  expect(console.error).toHaveBeenCalledTimes(1);
  const other = keepToken(getToken, life.signal);
  const token = await other.getToken();
  await vi.advanceTimersByTimeAsync(10 * MINUTE_MS);
  other.dropToken(token);
  expect(console.error).toHaveBeenCalledTimes(1);
});

test("while a worn token cannot be renewed it is used on", async () => {
  const token = jwt(600);
  const getToken = vi.fn(async () => token);
  const keeper = keepToken(getToken, life.signal);
  await keeper.getToken();
  await vi.advanceTimersByTimeAsync(9.5 * MINUTE_MS);
  getToken.mockRejectedValueOnce(new Error("down"));
  expect(await keeper.getToken()).toBe(token);
  expect(await keeper.getToken()).toBe(token);
  expect(getToken).toHaveBeenCalledTimes(2);
});

test("after failures it is asked ever more rarely, and told of once", async () => {
  vi.spyOn(Math, "random").mockReturnValue(1);
  const getToken = vi.fn((): Promise<string> => Promise.reject(new Error("down")));
  const keeper = keepToken(getToken, life.signal);
  const want = () => keeper.getToken().catch(() => {});
  await want();
  for (const pauseMs of [800, 1600, 3200, 6400, 10_000, 10_000]) {
    const times = getToken.mock.calls.length;
    const both = Promise.all([want(), want()]);
    await vi.advanceTimersByTimeAsync(pauseMs - 1);
    expect(getToken).toHaveBeenCalledTimes(times);
    await vi.advanceTimersByTimeAsync(1);
    await both;
    expect(getToken).toHaveBeenCalledTimes(times + 1);
  }
  expect(console.error).toHaveBeenCalledTimes(1);
});

test("the end of the client ends its waiting, and is not told as a failure", async () => {
  const keeper = keepToken(() => new Promise(() => {}), life.signal);
  const wanted = keeper.getToken();
  life.abort(new Error("closed"));
  await expect(wanted).rejects.toThrow("closed");
  expect(vi.getTimerCount()).toBe(0);
  expect(console.error).not.toHaveBeenCalled();
});
