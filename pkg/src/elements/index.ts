/**
 * Registers `<credit-provider>`, `<credit-balance>` and `<credit-packs>`. Importing it where there
 * is no DOM, as in a server render, does nothing.
 *
 * @module
 */
export { registerMessages } from "../languages.js";
export type { Message, MessageKey, Messages } from "../messages.js";
export { CreditBalance } from "./balance.js";
export type { CreditEventMap } from "./events.js";
export { CreditPacks } from "./packs.js";
export { CreditProvider } from "./provider.js";
