import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { type Comment, parseSync } from 'oxc-parser';

// The exported names of a module as Markdown: what their comments, types and defaults say.

/** A module's text, its statements, and where its comments stand. */
interface Source {
  readonly text: string;
  readonly comments: readonly Comment[];
  readonly body: readonly Node[];
}

/** As much of an oxc node as is needed here. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

/** A documentation comment. */
interface Doc {
  readonly text: string;
  readonly default: string;
  /** Where to read on. */
  readonly see: string;
}

/** A section for each name that the module at `path` exports, in the order of its exports. */
export function apiOf(path: string): string {
  const { body } = read(path);
  const sections = body.flatMap((statement) => {
    const from = get(statement['source'], 'value');
    if (typeof from !== 'string') return [];
    const file = posix.join(posix.dirname(path), from);
    return list(statement['specifiers']).map((specifier) => sectionOf(file, nameOf(specifier['local'])));
  });
  return sections.join('\n\n');
}

/** What the comments of a module's interfaces say of defaults, as code: by interface, then by property. */
export function defaultsOf(path: string): Map<string, Map<string, string>> {
  const source = read(path);
  const interfaces = source.body.flatMap((statement) => {
    const declaration = node(statement['declaration']);
    if (declaration?.type !== 'TSInterfaceDeclaration') return [];
    const defaults = list(get(declaration['body'], 'body')).flatMap((member): [string, string][] => {
      const [, code] = /^`(.+)`$/.exec(docBefore(source, member.start).default) ?? [];
      return code === undefined ? [] : [[nameOf(member['key']), code]];
    });
    return [[nameOf(declaration['id']), new Map(defaults)] as const];
  });
  return new Map(interfaces);
}

/**
 * The properties of a module's interfaces and types, inner ones too, that have no comment, may be left out without a
 * `@default`, or have no `@see`, neither themselves nor around them, that `leads` somewhere.
 */
export function undocumented(path: string, leads: (see: string) => boolean): string[] {
  const source = read(path);
  const within = (value: unknown, place: string, isSeen: boolean): string[] => {
    if (Array.isArray(value)) return value.flatMap((each) => within(each, place, isSeen));
    if (typeof value !== 'object' || value === null) return [];
    if (get(value, 'type') !== 'TSPropertySignature' || !isNode(value))
      return Object.values(value).flatMap((each) => within(each, place, isSeen));
    const name = `${place}.${nameOf(value['key'])}`;
    const { text, default: fallback, see } = docBefore(source, value.start);
    const isLeading = see === '' ? isSeen : leads(see);
    const lacks = text === '' || (value['optional'] === true && fallback === '') || !isLeading;
    return [...(lacks ? [name] : []), ...within(value['typeAnnotation'], name, isLeading)];
  };
  return within(source.body, path, false);
}

function read(path: string): Source {
  const text = readFileSync(path, 'utf8');
  const { program, comments } = parseSync(path, text);
  return { text, comments, body: list(program.body) };
}

function sectionOf(file: string, name: string): string {
  const source = read(file);
  for (const statement of source.body) {
    if (statement.type !== 'ExportNamedDeclaration') continue;
    const declaration = node(statement['declaration']);
    const declarator = list(declaration?.['declarations'])[0] ?? declaration;
    if (declaration === null || nameOf(declarator?.['id']) !== name) continue;
    const { text } = docBefore(source, statement.start);
    return [`### ${name}`, text, bodyOf(source, declaration)].filter((part) => part !== '').join('\n\n');
  }
  throw new Error(`${file} declares no ${name}`);
}

function bodyOf(source: Source, declaration: Node): string {
  switch (declaration.type) {
    case 'TSInterfaceDeclaration':
      return propertyTable(source, list(get(declaration['body'], 'body')));
    case 'ClassDeclaration':
      return propertyTable(source, list(get(declaration['body'], 'body')).filter(isPublic));
    case 'FunctionDeclaration': {
      const end = node(declaration['body'])?.start ?? declaration.end;
      return fence(source.text.slice(declaration.start, end).trim());
    }
    default:
      return fence(code(source, declaration));
  }
}

const fence = (text: string) => `\`\`\`ts\n${text}\n\`\`\``;

function isPublic(member: Node): boolean {
  const { accessibility, override, key } = member;
  return accessibility !== 'private' && override !== true && nameOf(key) !== 'constructor';
}

function propertyTable(source: Source, members: readonly Node[]): string {
  const rows = members.map((member) => {
    const doc = docBefore(source, member.start);
    const isMethod = member.type === 'MethodDefinition' || member.type === 'TSMethodSignature';
    const value = node(member['value']);
    const signature =
      isMethod && value ? source.text.slice(value.start, node(value['body'])?.start ?? value.end) : '';
    const annotation = node(get(member['typeAnnotation'], 'typeAnnotation'));
    const type = annotation === null ? signature : code(source, annotation).replace(/\/\*\*.*?\*\//gs, '');
    return [
      `\`${nameOf(member['key'])}\``,
      type.trim() === '' ? '' : `\`${flat(type)}\``,
      doc.default === '' && member['optional'] !== true ? 'required' : doc.default,
      doc.text,
    ];
  });
  const hasDefaults = rows.some(([, , fallback]) => fallback !== 'required');
  const titles = ['Property', 'Type', ...(hasDefaults ? ['Default'] : []), 'Meaning'];
  return [titles, titles.map(() => '---'), ...rows.map((row) => (hasDefaults ? row : row.toSpliced(2, 1)))]
    .map((cells) => `| ${cells.map((cell) => flat(cell ?? '').replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
}

/** The documentation comment that stands right before a place. */
function docBefore({ text, comments }: Source, start: number): Doc {
  const comment = comments.findLast(({ end }) => end <= start);
  if (!comment?.value.startsWith('*') || text.slice(comment.end, start).trim() !== '')
    return { text: '', default: '', see: '' };
  const lines = comment.value
    .slice(1)
    .split('\n')
    .map((line) => line.replace(/^\s*\*? ?/, ''));
  const [body = '', ...tags] = lines
    .join('\n')
    .trim()
    .split(/(?:^|\s)@(?=[a-z]+ )/);
  const tag = (name: string) =>
    tags
      .find((each) => each.startsWith(`${name} `))
      ?.slice(name.length + 1)
      .trim();
  const thrown = tag('throws');
  const words = [
    body.trim(),
    ...(thrown === undefined ? [] : [`Throws ${thrown.replace(/^\{(\w+)\}/, '`$1`')}`]),
  ];
  const fallback = flat(tag('default') ?? '');
  return {
    text: words
      .filter((part) => part !== '')
      .join('\n\n')
      .replace(/\{@link (\w+)\}/g, '`$1`'),
    see: tag('see') ?? '',
    default: fallback.startsWith('- ') ? fallback.slice(2) : fallback === '' ? '' : `\`${fallback}\``,
  };
}

const flat = (text: string) => text.replace(/\s+/g, ' ').trim();
const code = ({ text }: Source, { start, end }: Node) => text.slice(start, end);

function get(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function isNode(value: unknown): value is Node {
  return typeof get(value, 'type') === 'string' && typeof get(value, 'start') === 'number';
}

const node = (value: unknown): Node | null => (isNode(value) ? value : null);
const list = (value: unknown): Node[] => (Array.isArray(value) ? value.filter(isNode) : []);

function nameOf(value: unknown): string {
  const name = get(value, 'name');
  return typeof name === 'string' ? name : '';
}
