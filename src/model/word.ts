import { z } from 'zod';

/** A word that is a file's, a snapshot's, a bridge's or a domain's name and nothing else. */
export const Word = z.string().regex(/^[A-Za-z0-9][\w.+-]*$/, 'letters, digits, dot, dash, plus, underscore');
