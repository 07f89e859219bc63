package push

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/parley-rtc/parley/internal/http1"
	"github.com/parley-rtc/parley/internal/sigv4"
)

// sender is a connection and what requests on it are made with.
type sender struct {
	*http1.Conn

	pool   *pool
	signer sigv4.Signer
	path   []byte // of the next request
	head   []byte
	used   int64 // when, in seconds of the wall clock: a function's other one may stand still
}

// post sends one frame, and gives the connection back.
func (s *sender) post(ctx context.Context, end time.Time, c aws.Credentials, trace string, frame []byte) attempt {
	var ok bool
	s.head, ok = s.signer.AppendHead(s.head[:0], &sigv4.Request{
		Method: "POST", Path: s.path, Host: s.pool.host, ContentType: "application/octet-stream", Body: frame,
	}, sigv4.Credentials{AccessKey: c.AccessKeyID, SecretKey: c.SecretAccessKey, Token: c.SessionToken}, s.pool.clock.now())
	if !ok {
		s.pool.keep(s)
		return attempt{outcome: unmade}
	}
	s.head = append(s.head, "User-Agent: parley\r\n"...)
	if trace != "" {
		s.head = append(appendTrace(append(s.head, "X-Amzn-Trace-Id: "...), trace), "\r\n"...)
	}
	s.head = append(s.head, "\r\n"...)
	stop := s.within(ctx, end)
	a, err := s.Do(s.head, frame)
	stopped := stop()
	made := judge(&a, err)
	if err == nil && !a.Close && stopped {
		_ = s.SetDeadline(time.Time{}) // or it would be of no use once the time is over
		s.pool.keep(s)
	} else {
		s.Close()
	}
	return made
}

// within ends what the connection waits for with the time, or with a context that has no time of its
// own. It must be stopped; if that fails the context has ended it, or is about to.
func (s *sender) within(ctx context.Context, end time.Time) (stop func() bool) {
	_ = s.SetDeadline(end)
	if _, timed := ctx.Deadline(); timed || ctx.Done() == nil {
		return unwatched
	}
	return context.AfterFunc(ctx, func() { _ = s.SetDeadline(time.Unix(1, 0)) })
}

func unwatched() bool { return true }

// appendTrace escapes as the SDK does.
func appendTrace(b []byte, trace string) []byte {
	const digits = "0123456789ABCDEF"
	for i := range len(trace) {
		switch c := trace[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte(`-=;:+&[]{}"',`, c) >= 0:
			b = append(b, c)
		default:
			b = append(b, '%', digits[c>>4], digits[c&15])
		}
	}
	return b
}
