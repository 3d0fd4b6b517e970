import { fileURLToPath } from 'node:url';

/** The chart: this project's, or the copy with a mutation that CHART_DIRECTORY names. */
export const chartDirectory =
  process.env.CHART_DIRECTORY ?? fileURLToPath(new URL('../../chart', import.meta.url));

/** The example values, one file per environment. */
export const valuesDirectory = fileURLToPath(new URL('../../values', import.meta.url));
