// @ts-check
import { lasting } from "../js/clock.js";
import { equal, test } from "./harness.js";

test("durations read as on the server", () => {
  equal([127, 24000, 273600, -3, 3599, 3600, 86400].map(lasting), ["02:07", "6 h 40", "3 d 4 h", "00:00", "59:59", "1 h 00", "1 d 0 h"]);
});
