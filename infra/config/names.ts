/** A database's name in the construct tree: an id there holds no slash. */
export function constructId(name: string): string {
  return name.replaceAll('/', ' ');
}

/** What may stand where two names are one. */
export const NAMES_DIFFER = 'names that differ in more than slash and space';

/** The names that are the same as an earlier one, or become the same id, by their place in the list. */
export function clashes(names: readonly string[]): { readonly index: number; readonly found: string }[] {
  const byId = new Map<string, string>();
  return names.flatMap((name, index) => {
    const other = byId.get(constructId(name));
    byId.set(constructId(name), name);
    if (other === undefined) return [];
    if (other === name) return [{ index, found: `${JSON.stringify(name)} twice` }];
    return [{ index, found: `${JSON.stringify(other)} and ${JSON.stringify(name)}` }];
  });
}
