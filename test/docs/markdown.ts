import { readFileSync } from 'node:fs';
import GithubSlugger from 'github-slugger';
import { lexer, type Token, type Tokens, walkTokens } from 'marked';
import { trackedFiles } from '../support/tracked-files.ts';

/** Every Markdown page of the repository. */
export const PAGES = trackedFiles('*.md');

/** The tokens of a page, in the order of the text, those inside others among them. */
function tokensOf(page: string): Token[] {
  const tokens: Token[] = [];
  void walkTokens(lexer(readFileSync(page, 'utf8')), (token) => void tokens.push(token));
  return tokens;
}

/** The addresses that a page links to or shows, as written. */
export function linksOf(page: string): string[] {
  return tokensOf(page).flatMap((token) => {
    if (token.type === 'link' || token.type === 'image') return [String(token['href'])];
    if (token.type !== 'html') return [];
    return [...token.raw.matchAll(/(?:href|src|srcset)="([^"]+)"/g)].flatMap(([, address]) => address ?? []);
  });
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchorsOf(page: string): Set<string> {
  const slugger = new GithubSlugger();
  const headings = tokensOf(page).filter((token): token is Tokens.Heading => token.type === 'heading');
  return new Set(headings.map(({ text }) => slugger.slug(text.replaceAll('`', ''))));
}

/** The tables of a page: the titles of their columns, and their cells as written. */
export function tablesOf(page: string): { readonly titles: string[]; readonly rows: string[][] }[] {
  return tokensOf(page)
    .filter((token): token is Tokens.Table => token.type === 'table')
    .map(({ header, rows }) => ({
      titles: header.map(({ text }) => text),
      rows: rows.map((row) => row.map(({ text }) => text)),
    }));
}

/** The code of a page's fenced blocks of one language. */
export function codeOf(page: string, language: string): string[] {
  return tokensOf(page)
    .filter((token): token is Tokens.Code => token.type === 'code')
    .flatMap(({ lang, text }) => (lang === language ? [text] : []));
}
