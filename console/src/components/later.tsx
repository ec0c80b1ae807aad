/** A component whose script is loaded when it is first shown. */
import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Bones, Failure } from "./notice.tsx";

export function later<P extends object>(load: () => Promise<ComponentType<P>>): (props: P) => JSX.Element {
  let loaded: ComponentType<P> | null = null;
  return (props) => {
    const [Loaded, setLoaded] = useState<ComponentType<P> | null>(() => loaded);
    const [error, setError] = useState<unknown>(null);
    useEffect(() => {
      if (Loaded !== null) return;
      load().then((found) => {
        loaded = found;
        setLoaded(() => found);
      }, setError);
    }, []);
    if (Loaded !== null) return <Loaded {...props} />;
    return error === null ? <Bones rows={6} /> : <Failure what="This page was not loaded" error={error} />;
  };
}
