package doctor

import (
	"context"
	"fmt"

	"github.com/parley-rtc/parley/client/go/wire"
)

// Account knows what the service's AWS account may do.
type Account interface {
	// Concurrency is how many functions may run at a time, all of the account's together.
	Concurrency(ctx context.Context) (int, error)
}

const (
	atOnce = 16  // messages: more than a new account may have in work
	scarce = 100 // executions at a time; AWS itself reserves no less for what has no share of its own
)

const concurrencyAdvice = "ask for a higher quota, many new accounts have 10: aws service-quotas request-service-quota-increase --service-code lambda " +
	"--quota-code L-B99A9384 --desired-value 1000; or raise reservedConcurrency; see docs/operate.md"

// concurrency sends messages at once: what Lambda has no execution for, API Gateway answers by itself.
func (e *examination) concurrency(ctx context.Context) (string, error) {
	step, cancel := e.step(ctx)
	defer cancel()
	peers := [2]*wire.Conn{e.first, e.two}
	for i := range atOnce {
		// A socket that has ended shows below.
		_ = peers[i%2].Send(step, map[string]any{"action": "ping", "id": fmt.Sprint("at-once-", i)})
	}
	refused, throttled, lost := 0, 0, 0
	for i := range atOnce {
		// API Gateway's own frames do not say what they answer: they are counted, whichever they are.
		f, err := peers[i%2].Wait(step, "pong", "error", "")
		switch {
		case err != nil:
			lost++
		case f.Type != "": // a function ran
		case f.Message == "Too Many Requests":
			throttled++
		default:
			refused++
		}
	}
	if refused > 0 {
		if p := e.awaitLogs(ctx); p != nil {
			return "", p
		}
		return "", broken("concurrency", concurrencyAdvice, "%d of %d messages at once were answered with API Gateway's Internal server error, and no log says why, "+
			"as when Lambda refuses what is over its concurrency", refused, atOnce)
	}
	if p := e.scarce(ctx); p != nil {
		return "", p
	}
	switch {
	case throttled > 0:
		return "", broken("throttling", "raise throttleBurst and throttleRate of the stage", "the stage refused %d of %d messages at once", throttled, atOnce)
	case lost > 0:
		return "", e.lost(ctx, fmt.Sprintf("%d of %d messages at once had no answer", lost, atOnce))
	}
	return fmt.Sprintf("%d messages at once were answered", atOnce), nil
}

// scarce is the problem of an account that runs few functions at a time, nil if it is not so, or nobody may look.
func (e *examination) scarce(ctx context.Context) error {
	if e.Account == nil {
		return nil
	}
	step, cancel := e.step(ctx)
	defer cancel()
	if n, err := e.Account.Concurrency(step); err == nil && n < scarce {
		return broken("concurrency", concurrencyAdvice, "the account runs %d functions at a time", n)
	}
	return nil
}
