/** Something the person at the terminal can mend: said in one line, without a stack, with exit code 1. */
export class Failure extends Error {
  readonly code = 'cli_failure';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Failure';
  }
}
