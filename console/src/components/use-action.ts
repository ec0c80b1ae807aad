/** Something that a button does, and that takes a while: whether it is under way, and why it failed. */
import { useState } from "preact/hooks";

export interface Action {
  readonly isBusy: boolean;
  /** Of the last time; null: it did not fail. */
  readonly error: unknown;
  /** Does nothing while it is under way. */
  readonly run: (action: () => Promise<void>) => void;
}

export function useAction(): Action {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const run = (action: () => Promise<void>): void => {
    if (isBusy) return;
    setBusy(true);
    setError(null);
    action()
      .catch(setError)
      .finally(() => setBusy(false));
  };
  return { isBusy, error, run };
}
