import tidemark from './index.cjs';

export const { extensionPath, load, keep, open, flush, close, status, verify } = tidemark;
export default tidemark;
