// no such name
import { nothing } from '../module.mjs'
export const handler = async () => nothing
