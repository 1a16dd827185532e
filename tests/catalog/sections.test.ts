import { describe, expect, it } from 'vitest'
import { fillSections } from '../../scripts/catalog/sections.ts'

const sections = { colours: () => 'red', sizes: () => 'large' }

describe('a document that shows what is in the catalog', () => {
  it('is made anew between the markers, and nowhere else', () => {
    const document = `Before.

<!-- catalog: colours -->
blue
<!-- end -->

Between.

<!-- catalog: sizes --><!-- end -->

After.
`
    const filled = fillSections(document, sections)
    expect(filled).toBe(`Before.

<!-- catalog: colours -->

red

<!-- end -->

Between.

<!-- catalog: sizes -->

large

<!-- end -->

After.
`)
    expect(fillSections(filled, sections)).toBe(filled)
  })

  it('is refused when it asks for what there is not', () => {
    const document = '<!-- catalog: smells -->\n<!-- end -->'
    expect(() => fillSections(document, sections)).toThrow(
      'Nothing in the catalog is called "smells"',
    )
  })

  it.each([
    '<!-- catalog: colours -->\nblue',
    '<!-- catalog: colours -->\nblue\n<!-- catalog: sizes -->\n<!-- end -->',
  ])('is refused when a section has no end: %j', (document) => {
    expect(() => fillSections(document, sections)).toThrow(
      'The section "colours" has no <!-- end -->',
    )
  })
})
