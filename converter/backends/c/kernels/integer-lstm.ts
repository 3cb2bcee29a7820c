import { unsupported } from '../../kernel.ts';
export const integerLstm = unsupported('todo', 'todo');
