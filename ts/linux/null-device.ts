// What is written there is gone, and nothing can be read: null(4).

export const nullDevice = '/dev/null';
/** As st_rdev: character device 1:3. */
export const nullDeviceNumber = 0x103n;
