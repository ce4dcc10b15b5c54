// A CtnError as a value and a cure of its own.
import type {CtnError} from '../errors.js';

/** The message without the cure that stands behind it in parentheses. */
export const bareMessage = ({message, cure}: CtnError): string =>
	cure !== undefined && message.endsWith(` (${cure})`) ? message.slice(0, -cure.length - 3) : message;
