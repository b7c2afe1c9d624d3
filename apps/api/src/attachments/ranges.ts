/** The part of a file that a `Range` header asks for (pure). */

export type ByteRange = { readonly first: number; readonly last: number };

/** Null: the whole file, also when what is asked is not understood or is several parts. `unsatisfiable`: it has no such part. */
export const rangeIn = (header: string | undefined, sizeBytes: number): ByteRange | 'unsatisfiable' | null => {
  const [, from = '', to = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? [];
  if (from + to === '') return null;
  if (from === '') return lastBytes(Number(to), sizeBytes);
  const range = { first: Number(from), last: to === '' ? Infinity : Number(to) };
  return range.last < range.first ? null : within(range, sizeBytes);
};

const lastBytes = (count: number, sizeBytes: number): ByteRange | 'unsatisfiable' =>
  count === 0 ? 'unsatisfiable' : within({ first: Math.max(0, sizeBytes - count), last: Infinity }, sizeBytes);

const within = ({ first, last }: ByteRange, sizeBytes: number): ByteRange | 'unsatisfiable' =>
  first >= sizeBytes ? 'unsatisfiable' : { first, last: Math.min(last, sizeBytes - 1) };
