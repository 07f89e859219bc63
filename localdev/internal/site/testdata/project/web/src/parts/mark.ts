export const mark: string = "!";
