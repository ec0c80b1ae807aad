/** A component whose script is loaded when it is first shown. */
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Button } from "./button.tsx";
import { Bones, Failure } from "./notice.tsx";

export function later<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
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
    if (error === null) return <Bones rows={6} />;
    // Its file may be that of an earlier version of the service.
    return (
      <>
        <Failure what="This page was not loaded" error={error} />
        <Button onPress={() => location.reload()}>Load the console again</Button>
      </>
    );
  };
}
