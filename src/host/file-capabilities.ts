const ATTRIBUTE = 'security.capability';

/** Whether a file brings its process capabilities; false where that can't be told. */
export async function hasFileCapabilities(path: string): Promise<boolean> {
  const { default: koffi } = await import('koffi');
  const getxattr = koffi
    .load(null)
    .func('getxattr', 'int64_t', ['str', 'str', 'void *', 'size_t']) as (
    path: string,
    name: string,
    value: null,
    bytes: number,
  ) => number;
  return getxattr(path, ATTRIBUTE, null, 0) > 0;
}
