/** Transcripts in documents: blocks of the language `console`, with commands and what they print. */

export interface Step {
  /** May have several lines, each but the last with `\` at its end. */
  readonly command: string;
  /** `…` stands for any text. */
  readonly answer: string;
}

/** The steps of all transcripts of a document, also of those in lists. */
export function stepsOf(document: string): readonly Step[] {
  const transcripts = [...document.matchAll(/^( *)```console\n(.*?)^\1```/gms)].map(([, indent = "", text = ""]) =>
    text.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
  );
  return transcripts.flatMap((transcript) =>
    transcript
      .split(/^\$ /m)
      .slice(1)
      .map((step) => {
        const [, command = "", answer = ""] = /^((?:.*\\\n)*.*)\n?([^]*)$/.exec(step.trim()) ?? [];
        return { command, answer };
      }),
  );
}

/** Matches what a step prints. `any`: the pattern of what `…` stands for. */
export function toPattern(answer: string, any: string): RegExp {
  const parts = answer.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(any)}$`);
}
