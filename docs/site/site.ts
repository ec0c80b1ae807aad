/** All pages of the documents, as the files of a folder. */
import { posix } from "node:path";
import { apiPage } from "./api-page.ts";
import { articlePage } from "./article.ts";
import { readFiles, type SourceFile } from "./files.ts";
import { homePage } from "./home.ts";
import { type Image, readImages } from "./images.ts";
import { toArticle, type Article } from "./markdown.ts";
import { missingPage } from "./missing-page.ts";
import { API_PAGE, sectionsOf } from "./navigation.ts";
import { renderPage, type Frame, type NameOf, type Way } from "./page.ts";
import { entriesOf, type Entry } from "./search-index.ts";

export interface Documents {
  readonly entries: readonly Entry[];
  readonly images: Iterable<Image>;
  /** The pages by their addresses. */
  readonly render: (nameOf: NameOf) => Promise<ReadonlyMap<string, string>>;
}

export function readDocuments(root: string, version: string): Documents {
  const files = readFiles(root);
  const images = readImages(root);
  const articles = new Map([...files].map(([path, file]) => [path, toArticle(file, files, images)] as const));
  const entries = [...articles].flatMap(([path, article]) => {
    const file = fileOf(files, path);
    return file.isCode ? [] : entriesOf(file, article);
  });
  return { entries, images: images.values(), render: (nameOf) => renderAll(nameOf, { files, articles, version }) };
}

interface Read {
  readonly files: ReadonlyMap<string, SourceFile>;
  readonly articles: ReadonlyMap<string, Article>;
  readonly version: string;
}

async function renderAll(nameOf: NameOf, { files, articles, version }: Read): Promise<ReadonlyMap<string, string>> {
  const { all: sections, tasks } = sectionsOf(new Set(files.keys()));
  const wayTo = (path: string): Way => {
    if (path === API_PAGE.address) return API_PAGE;
    return fileOf(files, path);
  };
  const parentOf = (path: string): Way => {
    const folder = posix.dirname(path);
    const readme = posix.join(folder, "README.md");
    return files.has(readme) && readme !== path ? wayTo(readme) : parentOf(folder);
  };
  const frame: Frame = { nameOf, version, sections, wayTo, parentOf };
  const pages = [
    homePage({ frame, readme: fileOf(files, "README.md"), tasks, articles }),
    apiPage(nameOf),
    missingPage(frame),
    ...[...articles].map(([path, article]) => articlePage(fileOf(files, path), article, frame)),
  ];
  const rendered = pages.map(async (page) => [page.address, String(await renderPage(page, frame))] as const);
  return new Map(await Promise.all(rendered));
}

function fileOf(files: ReadonlyMap<string, SourceFile>, path: string): SourceFile {
  const file = files.get(path);
  if (file === undefined) throw new Error(`${path} is no page.`);
  return file;
}
