import "creditpack/elements";
import { byId } from "../element.ts";
import { Notices } from "../notices.ts";
import { playground } from "./playground.ts";

const notices = new Notices(byId("notices", HTMLElement));

playground(notices).catch((error: unknown) => {
  console.error(error);
  const text = "The rules could not be loaded. Reload to try again.";
  notices.show({ text, tone: "bad", passing: false });
});
