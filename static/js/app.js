// @ts-check
/** Every behaviour of the console, one per file, each bound by data- attributes; what comes in by htmx works without binding. */
import "./requests.js";
import "./theme.js";
import "./live.js";
import "./clock.js";
import "./menu.js";
import "./dialog.js";
import "./toast.js";
import "./keys.js";
import "./listbox.js";
import "./rows.js";
import "./select.js";
import "./device_panel.js";
import "./map_actions.js";
import "./operate.js";
import "./board.js";
import "./command_line.js";
