/** What /_localdev/events sends. Times of a step and `took` are microseconds. */
export interface Step {
  readonly kind: "invoke" | "dynamo" | "http" | "push" | "later" | "reply" | "log";
  readonly at: number;
  readonly took: number;
  readonly name: string;
  readonly direct?: boolean; // API Gateway asked itself
  readonly table?: string;
  readonly status?: number;
  readonly bytes?: number;
  readonly text?: string;
  readonly wru?: number;
  readonly rru?: number;
  readonly requestId?: string;
  readonly instance?: string;
  readonly cold?: number;
  readonly billedMs?: number;
  readonly memoryMB?: number;
  readonly failure?: string;
}

export interface Span {
  readonly id: number;
  readonly kind: "authorize" | "connect" | "message" | "disconnect" | "post" | "async";
  readonly api: string;
  readonly connection: string;
  readonly route: string;
  readonly by?: string;
  readonly requestId: string;
  readonly at: number; // ms
  readonly us?: number; // and so many µs
  readonly took: number;
  readonly running?: boolean;
  readonly bytes: number;
  readonly status?: number;
  readonly failure?: string;
  readonly event?: { readonly body?: string; readonly requestContext?: Readonly<Record<string, unknown>> };
  readonly short?: boolean;
  readonly body?: string;
  readonly steps: readonly Step[];
  readonly dropped?: number;
  readonly wru: number;
  readonly rru: number;
  readonly usd: number;
}

export interface Connection {
  readonly connectionId: string;
  readonly connectedAt: string;
  readonly lastActiveAt: string;
  readonly sourceIp: string;
  readonly userAgent: string;
}

export interface State {
  readonly now: number;
  readonly ahead: number;
  readonly billedSince: number;
  readonly connections: readonly Connection[];
  readonly moreConnections: number;
  readonly bill: {
    readonly connections: number;
    readonly connectionMinutes: number;
    readonly messagesIn: number;
    readonly messagesOut: number;
    readonly invocations: Readonly<Record<string, number>>;
    readonly gbSeconds: number;
    readonly wru: number;
    readonly rru: number;
    readonly usd: number;
  };
}

export const bodyOf = (span: Span): string => span.event?.body ?? span.body ?? "";

/** Why something failed, each reason once: the message as a whole, and pushes that were refused. */
export function reasons(span: Span): string[] {
  const refused = span.steps.flatMap((step) => (step.kind === "push" && step.failure ? [`Push to ${step.name} refused with ${step.status}: ${step.failure}`] : []));
  return [...new Set([...(span.failure ? [span.failure] : []), ...refused])];
}

/** Whether somebody got less than they asked for. A DynamoDB call that was refused is no failure by itself: conditions are made to fail. */
export const failed = (span: Span): boolean =>
  !!span.failure || (span.status ?? 200) >= 300 || (span.kind === "message" && !span.route) || span.steps.some((step) => !!step.failure || (step.kind === "push" && (step.status ?? 200) >= 300));
