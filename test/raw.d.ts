/** What Vite adds to modules and the tests use: the text of files, at build time, because workerd cannot read them. */
declare module "*?raw" {
  const text: string;
  export default text;
}

interface ImportMeta {
  glob(
    patterns: readonly string[],
    options: { query: "?raw"; import: "default"; eager: true },
  ): Readonly<Record<string, string>>;
  /** The modules with all that they export. */
  glob(pattern: string, options: { eager: true }): Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Only what exists: nothing is loaded. */
  glob(pattern: string): Readonly<Record<string, unknown>>;
}
