/** Code as HTML with quiet colours, made by the build, so that a browser has nothing to do. */
import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import dockerfile from "highlight.js/lib/languages/dockerfile";
import ini from "highlight.js/lib/languages/ini";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import nginx from "highlight.js/lib/languages/nginx";
import python from "highlight.js/lib/languages/python";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";
import { escape } from "./escape.ts";

/** By the words after ``` and the ends of the names of files. */
const LANGUAGES = {
  "sh bash example": bash,
  dockerfile,
  "toml ini service": ini,
  "js mjs": javascript,
  json,
  "conf nginx": nginx,
  "py python": python,
  "ts typescript": typescript,
  "html xml": xml,
  "yaml yml": yaml,
};
for (const [names, language] of Object.entries(LANGUAGES))
  for (const name of names.split(" ")) hljs.registerLanguage(name, language);

export function highlight(code: string, language: string): string {
  if (language === "console") return transcript(code);
  return hljs.getLanguage(language) === undefined ? escape(code) : hljs.highlight(code, { language }).value;
}

/** Commands as what is typed, everything else as what is printed. A command goes on after a line that ends with `\`. */
function transcript(text: string): string {
  let isTyped = false;
  const lines = text.split("\n").map((line) => {
    const isPrompt = line.startsWith("$ ");
    const isCommand = isPrompt || isTyped;
    isTyped = isCommand && line.endsWith("\\");
    if (!isCommand) return `<span class="printed">${escape(line)}</span>`;
    const typed = isPrompt ? line.slice(2) : line;
    return `${isPrompt ? `<span class="prompt">$ </span>` : ""}<span class="typed">${escape(typed)}</span>`;
  });
  return lines.join("\n");
}
