/** Whether `npm run test:render -- --quick` asks for the short way: each row of values once, in one of the ways. */
export const quick = process.env.RENDER_QUICK === '1';
