export const describeEventLog = 1;
