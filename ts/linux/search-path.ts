// Where programs are on most Linux systems.

/** What a program gets as PATH that says nothing else, and where our own helpers are looked for. */
export const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export const programDirectories = searchPath.split(':');
