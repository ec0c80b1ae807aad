/** What Vite adds to modules and the tests use: the text of files, at build time, because workerd cannot read them. */
declare module "*?raw" {
  const text: string;
  export default text;
}

interface ImportMeta {
  glob(
    patterns: readonly string[],
    /** `exhaustive`: with files and folders whose names begin with a dot. */
    options: { query: "?raw"; import: "default"; eager: true; exhaustive?: true },
  ): Readonly<Record<string, string>>;
  /** The modules with all that they export. */
  glob(pattern: string, options: { eager: true }): Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** The keys are the paths of existing files. Nothing is loaded. */
  glob(pattern: string | readonly string[], options?: { exhaustive: true }): Readonly<Record<string, unknown>>;
}
