/** The faults of the log and of everything else kept in NATS. Expected outcomes are values; these are not expected. */
export type FaultCode =
  | 'nats_unavailable'
  /** The server that keeps the attachments in S3 is away, or answers otherwise than it must. */
  | 's3_unavailable'
  /** The file that says who we are to NATS is missing, cannot be read, or holds neither a seed nor credentials. */
  | 'credentials_unusable'
  /** NATS does not know who we say we are, or wants to be told and was not. */
  | 'credentials_refused'
  | 'stream_not_recognised'
  | 'log_unreadable'
  /** Some of a file's bytes are not there any more. */
  | 'file_damaged'
  | 'not_appended';

export class LogFault extends Error {
  readonly code: FaultCode;

  constructor(code: FaultCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LogFault';
    this.code = code;
  }
}
