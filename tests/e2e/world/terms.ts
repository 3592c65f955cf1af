/** What the starter config's operations are called when there are so many of them. */
const COUNTED: Readonly<Record<string, string>> = {
  Draft: `
en = { one = "{n} draft", other = "{n} drafts" }
de = { one = "{n} Entwurf", other = "{n} Entwürfe" }
ar = { one = "مسودة واحدة", two = "مسودتان", few = "{n} مسودات", other = "{n} مسودة" }`,
  Picture: `
en = { one = "{n} picture", other = "{n} pictures" }
de = { one = "{n} Bild", other = "{n} Bilder" }
ar = { one = "صورة واحدة", two = "صورتان", few = "{n} صور", other = "{n} صورة" }`,
};

const FILM = `[[catalog.operations]]
id = "film"
label = "Film"
credits = 5

[catalog.operations.counted]
en = { one = "{n} film", other = "{n} films" }
de = { one = "{n} Film", other = "{n} Filme" }
ar = { one = "فيلم واحد", two = "فيلمان", few = "{n} أفلام", other = "{n} فيلم" }

`;

/** Codes for whoever has heard of them. */
const PROMOTIONS = `
[[catalog.promotions]]
code = "LAUNCH20"
percent_off = 20

[[catalog.promotions]]
code = "BONUS3"
bonus_credits = 3
minimum_pack = "standard"

[[catalog.promotions]]
code = "ONCE"
percent_off = 50
redemptions_per_account_max = 1
`;

/** The starter config with tax, counted words, an operation of several credits, and promotions. */
export function withTerms(config: string): string {
  const taxed = config.replace(/^low_at = 1$/m, '$&\ntax = "inclusive"');
  const [packs = "", ...operations] = taxed.split("[[catalog.operations]]");
  const counted = operations.map((operation) => {
    const words = COUNTED[/label = "(\w+)"/.exec(operation)?.[1] ?? ""];
    const table = words ? `\n[catalog.operations.counted]${words}\n` : "";
    const uncounted = operation.replace(/^counted = .*\n/m, "").trimEnd();
    return `[[catalog.operations]]${uncounted}\n${table}\n`;
  });
  return `${packs}${FILM}${counted.join("")}${PROMOTIONS}`;
}
