console.log('it runs')
import { a } from './syntax.mjs'
export const handler = async () => a
