import { readFileSync } from "node:fs";
import { openWorkbench, type Workbench } from "creditpack/workbench";
import { beforeAll, describe, expect, it } from "vitest";
import { Draft } from "../src/playground/draft.ts";
import { examples } from "../src/playground/examples.ts";
import { check, counted } from "../src/playground/findings.ts";
import { readCatalog } from "../src/playground/toml.ts";

const SHOP = `allowed_origins = ["https://shop.example"]
[catalog]
currency = "usd"
[[catalog.packs]]
id = "a"
prices = { usd = 400, "eur" = 500 }
[catalog.packs.label]
en = "A"
[[catalog.packs]]
id = "b"
label.en = "B"
[[catalog.promotions]]
code = "SPRING"
starts_at = 2026-03-01T00:00:00+02:00
`;

/** The text at `place`. */
function at(place: string, text = SHOP): string | undefined {
  const found = readCatalog(text).places.find(place);
  return found && text.slice(found.from, found.to);
}

/** The line, from 1, and the words of the first slip. */
function slip(text: string): [number, string] | undefined {
  const [first] = readCatalog(text).slips;
  return first && [text.slice(0, first.from).split("\n").length, first.message];
}

describe("a text of TOML", () => {
  it("is read as the config is, moments as milliseconds", () => {
    const { catalog, slips } = readCatalog(SHOP);
    expect(slips).toEqual([]);
    expect(JSON.parse(JSON.stringify(catalog))).toEqual({
      currency: "usd",
      packs: [
        { id: "a", prices: { usd: 400, eur: 500 }, label: { en: "A" } },
        { id: "b", label: { en: "B" } },
      ],
      promotions: [{ code: "SPRING", starts_at_ms: Date.UTC(2026, 1, 28, 22) }],
    });
  });

  it("reads lists written in place as well", () => {
    const text = '[catalog]\npacks = [\n  { id = "a", credits = 1 },\n  { id = "b" },\n]\n';
    expect(JSON.stringify(readCatalog(text).catalog)).toBe(
      '{"packs":[{"id":"a","credits":1},{"id":"b"}]}',
    );
    expect(at("packs.a.credits", text)).toBe("credits");
    expect(at("packs.b", text)).toBe('{ id = "b" }');
  });

  it("knows where each place stands, or else what it is in", () => {
    expect(at("packs.a.prices.eur")).toBe('"eur"');
    expect(at("packs[0].prices.usd")).toBe("usd");
    expect(at("packs.b.label.en")).toBe("label.en");
    expect(at("packs.b.credits")).toBe("catalog.packs");
    expect(at("promotions.SPRING.starts_at_ms")).toBe("starts_at");
    expect(at("promotions.SPRING.starts_at")).toBe("starts_at");
    expect(at("operations")).toBe("catalog");
    expect(at("low_at")).toBe("catalog");
  });

  it("tells slips on the line they were made on", () => {
    expect(slip("[catalog]\na = { b = 1\nc = 2\n")).toEqual([2, "This line is not complete"]);
    expect(slip("[catalog]\na =\nc = 2\n")?.[0]).toBe(2);
    expect(slip("[catalog]\n[[catalog.packs]\n")?.[0]).toBe(2);
    expect(slip("[catalog]\na = 1\nb = 2\na = 3\n")?.[0]).toBe(4);
    expect(slip("[catalog]\nlow_at = 1.0\n")).toEqual([2, expect.stringContaining("fraction")]);
    expect(slip("[catalog]\nat = 2026-01-01\n")).toEqual([2, expect.stringContaining("time zone")]);
    expect(slip("[payments]\nmode = 'test'\n")).toEqual([1, expect.stringContaining("[catalog]")]);
  });

  it("is never taken for more than it says", () => {
    readCatalog("[catalog.__proto__]\npolluted = true\n");
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });
});

describe("findings", () => {
  let workbench: Workbench;
  beforeAll(async () => {
    workbench = await openWorkbench();
  });

  it("are none for the good examples, and many for the cheating one", () => {
    const told = examples().map(({ id, text }) => [id, counted(check(text, workbench).findings)]);
    expect(told).toEqual([
      ["good", ""],
      ["cheating", expect.stringMatching(/^\d errors, \d+ warnings, \d hints?$/)],
      ["translated", ""],
    ]);
  });

  it("stand in the order of the text, each at its place", () => {
    const cheating = examples()[1]?.text ?? "";
    const { findings } = check(cheating, workbench);
    const starts = findings.map(({ at }) => at.from);
    expect(starts).toEqual([...starts].sort((a, b) => a - b));
    expect(starts.every((start) => start > 0)).toBe(true);
    const dearer = findings.find(({ id }) => id === "dearer-per-credit");
    expect(cheating.slice(dearer?.at.from, dearer?.at.to)).toBe("usd");
  });

  it("of a catalog that cannot be served are its problems alone", () => {
    const text = (examples()[0]?.text ?? "").replace("credits = 15", "credits = 0");
    const { catalog, findings } = check(text, workbench);
    expect(catalog).toBeUndefined();
    expect(findings).toMatchObject([{ id: "format", place: "packs.standard.credits" }]);
    expect(findings[0]?.reason).toBe("Credits: must be at least 1.");
  });

  it("agree with the config file that the backend begins with", () => {
    const config = readFileSync(new URL("../../server/default.toml", import.meta.url), "utf8");
    expect(check(config, workbench).catalog).toBeDefined();
  });
});

describe("a draft", () => {
  const storage = () => {
    const kept = new Map<string, string>();
    return {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    } as Storage;
  };

  it("comes back as it was left", () => {
    const shelf = storage();
    const draft = new Draft(shelf);
    expect([draft.example.id, draft.isChanged]).toEqual(["good", false]);
    draft.write("mine");
    const again = new Draft(shelf);
    expect([again.text, again.isChanged]).toEqual(["mine", true]);
    const other = examples()[1];
    if (!other) throw new Error("there is one example only");
    again.begin(other);
    const third = new Draft(shelf);
    expect([third.text, third.isChanged]).toEqual([other.text, false]);
  });

  it.each(["", "no JSON", "null", "[]", '{"text":5}'])("begins afresh from %j", (left) => {
    const shelf = storage();
    shelf.setItem("studio.playground", left);
    expect(new Draft(shelf).isChanged).toBe(false);
  });
});
