/** What pages have with a script, and can be read without. */
import { addCopyButtons } from "./copy.ts";
import { followHeadings } from "./headings.ts";
import { addSearch } from "./search.ts";
import { addThemes } from "./themes.ts";
import { reachScrollers } from "./scrollers.ts";

// The page of the API was here, and its addresses of operations look like this.
if (location.hash.startsWith("#/") && document.body.classList.contains("is-home"))
  location.replace(`api.html${location.hash}`);

addThemes();
addSearch();
addCopyButtons();
followHeadings();
reachScrollers();
