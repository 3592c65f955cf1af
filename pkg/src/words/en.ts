/** English, built in. Its keys are every language's keys. */
const en = {
  credits: { one: "{n} credit", other: "{n} credits" },
  unit: { one: "credit", other: "credits" },
  available: { one: "{n} credit available", other: "{n} credits available" },
  inUse: "{n} in use",
  adding: { one: "Adding {n} credit…", other: "Adding {n} credits…" },
  incoming: { one: "{n} credit on its way", other: "{n} credits on their way" },
  buyCredits: "Buy credits",
  comma: ", ",
  pillName: "{state}. {action}",

  // Beneath the number, a few words at most: the widest of these sets the pill's width.
  noteIdle: "available",
  noteSpent: "{n} spent",
  noteReturned: "Not charged",
  noteGranted: "{n} added",
  noteDeclined: "Not enough credits",
  noteTaken: "{n} taken back",
  noteLow: "Running low",
  noteUnknown: "Checking…",
  noteStale: "Updating…",
  noteOffline: "Offline",
  noteOvercommitted: "Spent elsewhere",
  noteFault: "Not available",

  // Spoken, and shown where there is room.
  spent: { one: "{n} credit spent, {left} left.", other: "{n} credits spent, {left} left." },
  returnedFailed: "Not charged: {operation} could not be finished.",
  returnedRefused: "Not charged: {operation} could not be started.",
  returnedCancelled: "Not charged: {operation} was cancelled.",
  returnedInvalid: "Not charged: the result of {operation} was not usable.",
  returnedExpired: "Not charged: {operation} took too long.",
  granted: {
    one: "{n} credit added, {left} available.",
    other: "{n} credits added, {left} available.",
  },
  declined: "Not enough credits. Nothing was charged.",
  taken: { one: "{n} credit was taken back.", other: "{n} credits were taken back." },
  low: "Credits are running low.",
  empty: "No credits left.",
  work: "the work",

  // One line of the history each. `credits` is the amount in words.
  storyBought: "Purchase, {credits}",
  storyGranted: "Added, {credits}",
  storyTaken: "Taken back, {credits}",
  storyReinstated: "Given back, {credits}",
  storyRunning: "{operation}, {credits}, in progress",
  storySpent: "{operation}, {credits}",
  storyPartlySpent: "{operation}, {spent} of {credits}: the rest was not charged",
  storyReturned: "{operation}, {credits}, returned",
  storyReturnedBecause: "{operation}, {credits}, returned: {reason}",
  storyRefunded: "{operation}, {credits}, refunded",
  storyPartlyRefunded: "{operation}, {returned} of {credits} refunded",
  reasonFailed: "it could not be finished",
  reasonCancelled: "it was cancelled",
  reasonInvalid: "the result was not usable",
  reasonExpired: "it took too long",

  // Packs.
  packsTitle: "Buy credits",
  packsIntro: "One-time purchase. Credits never expire.",
  packsBalance: { one: "You have {n} credit.", other: "You have {n} credits." },
  packsLoading: "Loading prices…",
  buy: { one: "Buy {n} credit for {price}", other: "Buy {n} credits for {price}" },
  opening: "Opening checkout…",
  perCredit: "{price} per credit",
  saving: "{percent} less per credit than {pack}",
  bestValue: "Best value",
  close: "Close",

  // What went wrong when opening a checkout.
  errorNetwork: "The checkout cannot be reached. Nothing was charged; please try again.",
  errorPriceChanged: "The price has changed. Please look again before you buy.",
  errorNotConfigured: "Buying is not possible here yet.",
  errorRateLimited: "Too many tries in a short time. Please wait a moment.",
  errorFault: "Credits cannot be shown on this page.",
  errorOther: "The checkout could not be opened. Nothing was charged.",
};

export default en;
