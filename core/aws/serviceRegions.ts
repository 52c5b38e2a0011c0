export const serviceExists = (_service: string, _region: string): boolean | undefined => undefined
