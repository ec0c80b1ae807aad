/** A body as text, and as nothing else. Text of the other direction turns nothing around it. */
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { Button, CopyButton } from "../../../components/button.tsx";
import { CopyCurl } from "../../../components/copy-curl.tsx";
import { Choice } from "../../../components/field.tsx";
import { jsonLines, type JsonLine, type Piece } from "../../../text/json.ts";
import { exact } from "../../../text/numbers.ts";
import type { PeekedMessage } from "./message-state.ts";

/** More characters would make the page slow. */
const CHARACTERS_MAX = 10_000;

type Form = "pretty" | "raw";

interface BodyProps {
  readonly message: PeekedMessage;
  /** Where the message can be read. */
  readonly path: string;
}

export function Body({ message: { body, bodyText }, path }: BodyProps): JSX.Element {
  const [form, setForm] = useState<Form>("pretty");
  const [isWhole, setWhole] = useState(false);
  const most = isWhole ? Infinity : CHARACTERS_MAX;
  const isCut = bodyText.length > most;
  return (
    <>
      <div class="panel-head">
        <Choice
          label="Show the body"
          value={form}
          onChoose={setForm}
          options={[
            { value: "pretty", text: "Pretty" },
            { value: "raw", text: "As posted" },
          ]}
        />
        <div class="row push">
          <CopyButton text={bodyText} label="Copy body" />
          <CopyCurl path={path} />
        </div>
      </div>
      {form === "pretty" ? (
        <Pretty body={body} text={bodyText} most={most} />
      ) : (
        <pre class="source raw" dir="auto" tabIndex={0} role="group" aria-label="Body as posted">
          {bodyText.slice(0, most)}
        </pre>
      )}
      {isCut && (
        <div class="panel-foot">
          <p>The first {exact(CHARACTERS_MAX)} characters.</p>
          <div class="push">
            <Button isSmall onPress={() => setWhole(true)}>
              Show all {exact(bodyText.length)}
            </Button>
          </div>
        </div>
      )}
    </>
  );
}

interface PrettyProps {
  readonly body: unknown;
  readonly text: string;
  /** Characters. */
  readonly most: number;
}

/** A body that is a string is shown as what it says. */
function Pretty({ body, text, most }: PrettyProps): JSX.Element {
  const lines = useMemo(
    () => cut(typeof body === "string" ? textLines(body) : (jsonLines(text) ?? textLines(text)), most),
    [text, most],
  );
  return (
    <pre class="source" tabIndex={0} role="group" aria-label="Body">
      {lines.map(({ depth, pieces }, index) => (
        <span key={index}>
          {"  ".repeat(depth)}
          {pieces.map(PieceOf)}
        </span>
      ))}
    </pre>
  );
}

function PieceOf({ kind, text }: Piece, index: number): JSX.Element | string {
  if (kind === "mark") return text;
  return (
    <bdi key={index} class={`json-${kind}`}>
      {text}
    </bdi>
  );
}

function textLines(text: string): readonly JsonLine[] {
  return text.split("\n").map((line) => ({ depth: 0, pieces: [{ kind: "text", text: line }] }));
}

function cut(lines: readonly JsonLine[], most: number): readonly JsonLine[] {
  let left = most;
  const kept: JsonLine[] = [];
  for (const { depth, pieces } of lines) {
    if (left <= 0) break;
    kept.push({
      depth,
      pieces: pieces.flatMap(({ kind, text }) => {
        const shown = text.slice(0, Math.max(0, left));
        left -= text.length;
        return shown === "" && text !== "" ? [] : [{ kind, text: shown }];
      }),
    });
  }
  return kept;
}
