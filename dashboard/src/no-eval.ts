import * as z from 'zod/mini'

// Schemas are compiled with `new Function` where that is allowed; the page's own policy forbids it.
// Each schema looks when it is made: this comes before all of them.
z.config({ jitless: true })
