const ready = await Promise.resolve('mjs')
export const handler = async () => ready
export default { other: async () => 'default' }
