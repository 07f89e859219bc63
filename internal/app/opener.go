package app

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	invokeTimeout  = 5 * time.Second // of all tries: a handshake waits for it
	invokeTries    = 4
	invokeMaxPause = 100 * time.Millisecond // before the second try; twice as long before each further one
)

// opener is gateway.Opener on functions/message.
type opener struct{ *App }

// InvokeLater implements gateway.Opener.
func (o opener) InvokeLater(ctx context.Context, event []byte) error {
	return o.invokeLater(ctx, o.Config.MessageFunction, event)
}

// invokeLater has Lambda run a function with payload, and does not wait until it has: an asynchronous call of Invoke. It
// may run twice, as Lambda delivers at least once, and as a try that seemed to fail may have come through.
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
func (a *App) invokeLater(ctx context.Context, function string, payload []byte) error {
	ctx, cancel := context.WithTimeout(ctx, invokeTimeout)
	defer cancel()
	for try := 1; ; try++ {
		again, err := a.invokeOnce(ctx, function, payload)
		if err == nil {
			return nil
		}
		if !again || try == invokeTries || !waitAbout(ctx, invokeMaxPause<<(try-1)) {
			return fmt.Errorf("invoke %s: %w", function, err)
		}
	}
}

// waitAbout waits a random time up to most; false if ctx ends first.
func waitAbout(ctx context.Context, most time.Duration) bool {
	timer := time.NewTimer(rand.N(most))
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// invokeOnce returns also whether the same may succeed at another try.
func (a *App) invokeOnce(ctx context.Context, function string, payload []byte) (again bool, err error) {
	path := "/2015-03-31/functions/" + url.PathEscape(function) + "/invocations"
	said, err := a.signed(ctx, "lambda", path, map[string]string{
		"Content-Type": "application/json", "X-Amz-Invocation-Type": "Event",
	}, payload)
	if err != nil {
		return true, err
	}
	if said.code == http.StatusAccepted {
		return false, nil
	}
	again = said.code == http.StatusTooManyRequests || said.code >= http.StatusInternalServerError
	return again, refusedInvoke(said)
}

// refusedInvoke is what Lambda answers, and what to do about it.
func refusedInvoke(said answer) error {
	kind, _, _ := strings.Cut(said.header.Get("X-Amzn-ErrorType"), ":")
	var reason struct{ Message string }
	_ = json.Unmarshal(said.body, &reason) // whatever is between here and Lambda may answer as well
	err := fmt.Errorf("it was answered %s: %s", said.status, cmp.Or(strings.TrimSpace(kind+" "+reason.Message), "no reason"))
	switch kind {
	case "AccessDeniedException":
		return fmt.Errorf("%w: allow lambda:InvokeFunction on it to the role of functions/connect, as the templates do", err)
	case "ResourceNotFoundException":
		return fmt.Errorf("%w: set MESSAGE_FUNCTION to the name of functions/message, as the templates do", err)
	}
	return err
}
