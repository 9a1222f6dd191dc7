/**
 * The end of a Python program that has a file's new lines in `after` and its path in `path`: the new file takes the old
 * one's place at once, with its owner and mode.
 */
export const IN_ITS_PLACE = `stat = os.stat(path)
aside = path + '.windlass-new'
with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'w', encoding='utf-8', errors='surrogateescape', newline='') as new:
    new.writelines(after)
    new.flush()
    os.fchown(new.fileno(), stat.st_uid, stat.st_gid)
    os.fchmod(new.fileno(), stat.st_mode & 0o7777)
    os.fsync(new.fileno())
os.replace(aside, path)
`;
