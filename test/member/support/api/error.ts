import type { JsonObject } from './object.ts';

/** An error that the API server answers with: becomes a Kubernetes `Status`. */
export class ApiError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: JsonObject;

  constructor(code: number, reason: string, message: string, details: JsonObject = {}) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  /** Returns the `Status` object that Kubernetes sends for this error. */
  toStatus(): JsonObject {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      reason: this.reason,
      details: this.details,
      code: this.code,
    };
  }
}

/** Returns the 404 of an object that is not there. */
export function notFound(resource: string, name: string): ApiError {
  return new ApiError(404, 'NotFound', `${resource} "${name}" not found`, { name, kind: resource });
}

/** Returns the 409 of a create whose name is taken. */
export function alreadyExists(resource: string, name: string): ApiError {
  return new ApiError(409, 'AlreadyExists', `${resource} "${name}" already exists`, { name, kind: resource });
}

/** Returns the 409 of a write made against an older or another object. */
export function conflict(resource: string, name: string, why: string): ApiError {
  return new ApiError(409, 'Conflict', `Operation cannot be fulfilled on ${resource} "${name}": ${why}`, {
    name,
    kind: resource,
  });
}

/** Returns the 422 of an object that breaks a rule. */
export function invalid(kind: string, name: string, why: string): ApiError {
  // kubectl prints the causes and not the message.
  const causes = [{ reason: 'FieldValueInvalid', message: why, field: '' }];
  return new ApiError(422, 'Invalid', `${kind} "${name}" is invalid: ${why}`, { name, kind, causes });
}

/** Returns the 400 of a request that cannot be understood. */
export function badRequest(why: string): ApiError {
  return new ApiError(400, 'BadRequest', why);
}

/** Returns the 403 of a request that the caller's Role does not allow. */
export function forbidden(resource: string, name: string, why: string): ApiError {
  return new ApiError(403, 'Forbidden', `${resource} "${name}" is forbidden: ${why}`, {
    name,
    kind: resource,
  });
}
