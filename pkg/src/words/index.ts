/**
 * The elements' words, for a page's own surfaces: loaded by language, with plural forms, numbers
 * and direction; replaced or added to with {@link registerMessages}; a history line as a sentence.
 *
 * @module
 */
import { loadLanguage } from "../languages.js";
import { createWords, type Messages, type Words } from "../messages.js";

export { registerMessages } from "../languages.js";
export type { Message, MessageKey, Messages, MessageValues, Words } from "../messages.js";
export { type Story, storyLine } from "../story.js";

/**
 * The words for `locale`, such as `credits.locale`; `overrides` replace single messages. Never
 * rejects: a language that cannot be had, or a tag that is none, is English.
 */
export async function loadWords(locale: string, overrides: Partial<Messages> = {}): Promise<Words> {
  await loadLanguage(locale);
  return createWords(locale, overrides);
}
