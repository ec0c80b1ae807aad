/** Runs before the page is painted: the theme that the reader has chosen here or in the console, which shares it. */
const chosen = localStorage.getItem("sukkal.theme");
if (chosen === "light" || chosen === "dark") document.documentElement.dataset["theme"] = chosen;
