// Made by `npm run release` of the version in package.json.
export const version = '0.2.0'
