const endMarker = '<!-- end -->'

/**
 * A document with what stands between its markers made anew: `<!-- catalog: name -->` and `<!-- end -->`.
 *
 * @throws when the document has a name that nothing is made for, or a section without its end
 */
export function fillSections(document: string, sections: Record<string, () => string>): string {
  const [before = '', ...parts] = document.split('<!-- catalog: ')
  return [before, ...parts.map((part) => fillSection(part, sections))].join('<!-- catalog: ')
}

/** @param part what follows the beginning of a marker, up to the next one */
function fillSection(part: string, sections: Record<string, () => string>): string {
  const name = part.slice(0, part.indexOf(' -->'))
  const end = part.indexOf(endMarker)
  const make = sections[name]
  if (!make) throw new Error(`Nothing in the catalog is called "${name}".`)
  if (end === -1) throw new Error(`The section "${name}" has no ${endMarker}.`)
  return `${name} -->\n\n${make()}\n\n${part.slice(end)}`
}
