package store

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/transport/http"

	"github.com/parley-rtc/parley/internal/dynamodb"
)

// doubtful is a failure of a write that may have had its effect, since an attempt of it was never answered.
type doubtful struct{ error }

func (e doubtful) Unwrap() error { return e.error }

// inDoubt reports whether a write that failed may have had its effect all the same.
func inDoubt(err error) bool {
	_, doubt := errors.AsType[doubtful](err)
	return doubt
}

// witness sees each attempt of a call. The SDK repeats what was throttled, which is sure not to have happened, and what failed
// on the way or on the other side, which may have.
type witness struct {
	aws.Retryer
	unsure bool
	broken int  // attempts that had their effect, and whose answer broke off
	once   bool // what may have happened is not repeated
}

// once is for requests that would do harm if they were carried out twice.
func once(w *witness) { w.once = true }

func (w *witness) watch(o *dynamodb.Options) {
	w.Retryer = o.Retryer
	o.Retryer = w
}

// IsErrorRetryable implements aws.Retryer.
func (w *witness) IsErrorRetryable(err error) bool {
	if !certain(err) {
		w.unsure = true
		if brokeOff(err) {
			w.broken++
		}
		if w.once {
			return false
		}
	}
	return w.Retryer.IsErrorRetryable(err)
}

// GetAttemptToken implements aws.RetryerV2, which the SDK's own retryer is.
func (w *witness) GetAttemptToken(ctx context.Context) (func(error) error, error) {
	if v2, ok := w.Retryer.(aws.RetryerV2); ok {
		return v2.GetAttemptToken(ctx)
	}
	return w.GetInitialToken(), nil
}

func (w *witness) doubt(err error) error {
	if !w.unsure {
		return err
	}
	return doubtful{err}
}

// certain reports whether a failed attempt is sure to have had no effect: DynamoDB refused it, for its own sake or because it
// has too much to do. Errors on its own side have a status of 5xx, whatever they are called.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
func certain(err error) bool {
	if _, told := errors.AsType[smithy.APIError](err); !told {
		return false
	}
	answer, ok := errors.AsType[*http.ResponseError](err)
	return ok && answer.HTTPStatusCode()/100 == 4
}
