/** The page that a list request asks for. */
export interface PageRequest {
  /** As the client wrote it: the last entry of the page before. null: the first page. */
  readonly marker: string | null;
  /** null: the default size. */
  readonly limit: number | null;
}
