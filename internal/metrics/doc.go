// Package metrics knows what an event did and what it cost: it counts while the event runs, prices the count by AWS's list,
// writes it as CloudWatch metrics in the embedded metric format, and guards a monthly budget.
//
// The count travels in the context, as one event has one context and passes through many hands. Nothing here calls AWS:
// metrics are part of a log line, and what is spent goes to a signaling.Ledger.
package metrics
