/** Whether `npm run test:render -- --quick` asks for the short way: one Helm, and each row of values in one of the ways. */
export const quick = process.env.RENDER_QUICK === '1';
