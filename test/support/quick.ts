/** Whether `npm run test:render -- --quick` asks for the short way: one Helm, and every value of every setting once. */
export const quick = process.env.RENDER_QUICK === '1';
