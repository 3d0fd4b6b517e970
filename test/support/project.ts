import { fileURLToPath } from 'node:url';

/** The chart. */
export const chartDirectory = fileURLToPath(new URL('../../chart', import.meta.url));

/** The example values, one file per environment. */
export const valuesDirectory = fileURLToPath(new URL('../../values', import.meta.url));
