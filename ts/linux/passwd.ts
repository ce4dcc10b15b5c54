// /etc/passwd and /etc/group (passwd(5), group(5)), which an image's author wrote: nothing in them is trusted.

export interface PasswdEntry {
	readonly name: string;
	readonly uid: number;
	readonly gid: number;
	readonly home: string;
	readonly shell: string;
}

export interface GroupEntry {
	readonly name: string;
	readonly gid: number;
	readonly members: readonly string[];
}

/** An id in digits; -1 for anything else, so that no text can become id 0. */
const id = (text: string | undefined): number => {
	const number = text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : -1;
	return number <= 0xffff_fffe ? number : -1;
};

const lines = (text: string): string[][] =>
	text.split('\n').map(line => line.trim()).filter(line => line !== '' && !line.startsWith('#')).map(line => line.split(':'));

/** Reads /etc/passwd; lines without a name or with ids that are not numbers are left out. */
export const parsePasswd = (text: string): PasswdEntry[] => {
	const entries: PasswdEntry[] = [];
	for (const [name, , uid, gid, , home, shell] of lines(text)) {
		if (name !== '' && id(uid) >= 0 && id(gid) >= 0) {
			entries.push({name: name!, uid: id(uid), gid: id(gid), home: home ?? '', shell: shell ?? ''});
		}
	}

	return entries;
};

/** Reads /etc/group, by the same rules. */
export const parseGroup = (text: string): GroupEntry[] => {
	const entries: GroupEntry[] = [];
	for (const [name, , gid, members] of lines(text)) {
		if (name !== '' && id(gid) >= 0) {
			entries.push({name: name!, gid: id(gid), members: (members ?? '').split(',').filter(member => member !== '')});
		}
	}

	return entries;
};

/** The home directory of a user: that of the first line with the uid, `/` if there is none. */
export const homeOf = (passwd: string, uid: number): string => parsePasswd(passwd).find(entry => entry.uid === uid)?.home || '/';
