/** Name of the link by which CRIU finds the images that others build upon. */
export const parentLink = 'parent';
