const VERB = "write|make|draw|paint|create|compose|design|run|do|tell|give";
const SIZE = "short|little|small|long|new";
const FORM = "story|poem|draft|picture|image|campaign|post|letter|essay|text|piece";

/** "Please write me": what is wanted of us, not what it is about. */
const COMMAND = new RegExp(`^(?:please\\s+)?(?:${VERB})\\s+(?:me\\s+|us\\s+)?`, "i");
/** "a short story about". */
const PREAMBLE = new RegExp(
  `^(?:an?\\s+|the\\s+)?(?:(?:${SIZE})\\s+)*(?:${FORM})\\s+(?:about|of|for|on|with)\\s+`,
  "i",
);
const ARTICLE = /^(?:A|An|The|My|Our|Your|Some|Two|Three)\b/;
const LENGTH_MAX = 72;

/** What a prompt is about, as a noun phrase that fits inside a sentence. */
export function topicOf(prompt: string): string {
  const bare = prompt
    .replace(/\s+/g, " ")
    .trim()
    .replace(COMMAND, "")
    .replace(PREAMBLE, "")
    .replace(/[\s.!?,;:]+$/, "");
  const topic = shortened(bare || "a blank page");
  return ARTICLE.test(topic) ? topic.charAt(0).toLowerCase() + topic.slice(1) : topic;
}

/** The topic at the head of a title or a sentence. */
export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function shortened(text: string): string {
  if (text.length <= LENGTH_MAX) return text;
  const cut = text.slice(0, LENGTH_MAX);
  return cut.slice(0, Math.max(cut.lastIndexOf(" "), 24)).replace(/[\s,;:]+$/, "");
}
