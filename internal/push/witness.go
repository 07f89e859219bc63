package push

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// witness remembers why the latest attempt of a call failed: when time runs out while the SDK waits
// to try again, its own error says no more than that.
type witness struct {
	aws.Retryer
	last error
}

// IsErrorRetryable implements aws.Retryer.
func (w *witness) IsErrorRetryable(err error) bool {
	w.last = err
	return w.Retryer.IsErrorRetryable(err)
}

// GetAttemptToken implements aws.RetryerV2, which the SDK's own retryer is.
func (w *witness) GetAttemptToken(ctx context.Context) (func(error) error, error) {
	if v2, ok := w.Retryer.(aws.RetryerV2); ok {
		return v2.GetAttemptToken(ctx)
	}
	return w.GetInitialToken(), nil
}

func (w *witness) explain(err error) error {
	if w.last != nil && errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w; the latest attempt: %w", err, w.last)
	}
	return err
}
