/** Takes one human-readable line about work that goes on. */
export type Report = (line: string) => void;
