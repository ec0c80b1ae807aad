/** `sukkal completion SHELL`: the script with which a shell completes command lines. */
import { buildChoiceParser } from "@stricli/core";
import { command, type Session } from "../command.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;
type Shell = (typeof SHELLS)[number];

/**
 * Each asks `sukkal __complete` for a proposal a line, with a tab and its meaning. Without one, bash and zsh complete
 * names of files.
 */
const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: String.raw`_sukkal() {
  local word
  COMPREPLY=()
  while IFS=$'\t' read -r word _; do
    COMPREPLY+=("$word")
  done < <(sukkal __complete "${"$"}{COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null </dev/null)
}
complete -o default -F _sukkal sukkal`,
  zsh: String.raw`#compdef sukkal
_sukkal() {
  local word meaning
  local -a proposals
  while IFS=$'\t' read -r word meaning; do
    proposals+=("${"$"}{word//:/\\:}:$meaning")
  done < <(sukkal __complete "${"$"}{(@)words[2,CURRENT]}" 2>/dev/null </dev/null)
  if (( $#proposals )); then _describe sukkal proposals; else _files; fi
}
if [ "$funcstack[1]" = "_sukkal" ]; then _sukkal "$@"; else compdef _sukkal sukkal; fi`,
  fish: String.raw`function __sukkal_complete
    set -l words (commandline -opc) (commandline -ct)
    sukkal __complete $words[2..-1] 2>/dev/null </dev/null
end
complete -c sukkal -f -a '(__sukkal_complete)'`,
};

export const COMPLETION_COMMAND = command({
  brief: "Print the script with which a shell completes command lines",
  description: "It completes commands, flags, and the names of contexts, queues and topics.",
  examples: [
    ["completion bash > ~/.local/share/bash-completion/completions/sukkal", "needs the package bash-completion"],
    ["completion zsh > ~/.zfunc/_sukkal", "a folder of fpath, before compinit"],
    ["completion fish > ~/.config/fish/completions/sukkal.fish", "read by the next shell"],
  ],
  args: {
    kind: "tuple",
    parameters: [
      {
        brief: SHELLS.join(", "),
        placeholder: "shell",
        parse: buildChoiceParser(SHELLS),
        proposeCompletions: () => SHELLS,
      },
    ],
  },
  async run({ output }: Session, _: object, shell: Shell) {
    await output.line(SCRIPTS[shell]);
  },
});
