package ywebrtc

import (
	"context"
	"errors"
	"time"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/rescue"
	"github.com/parley-rtc/parley/internal/signaling"
)

const (
	maxTopics      = 100 // of a connection
	maxSubscribers = 128 // of a topic
	atOnce         = 16  // topics of a frame that are in work
)

// tooMany is what becomes of a topic after maxTopics.
func tooMany() error {
	return signaling.Errorf(signaling.CodeRateLimited, "a connection may subscribe to %d topics", maxTopics)
}

// subscribe lists the connection under each topic as far as it may be. The protocol has no words for
// the others.
func subscribe(ctx context.Context, c *dialect.Conn, topics []string) error {
	if len(topics) == 0 {
		return nil // a page may connect before it has a document
	}
	rights, err := c.Rights(ctx)
	if err != nil {
		return err
	}
	listed := make([]directory.Listed, len(topics))
	errs := each(c, topics, func(i int) (err error) {
		if rights != nil && !rights.MayEnter(signaling.RoomID(topics[i])) {
			return signaling.Errorf(signaling.CodeForbidden, "your token does not name this topic")
		}
		if err := c.MayList(ctx); err != nil {
			return err
		}
		terms := directory.Terms{Rule: directory.Many, Limit: maxSubscribers, Names: maxTopics}
		listed[i], err = c.Directory.List(ctx, named(topics[i]), directory.Entry{Conn: c.ID, Dialect: Name}, terms, c.Time)
		return refusal(err)
	})
	for i, err := range errs {
		c.Joined = c.Joined || err == nil && !listed[i].Already
		c.Note(listed[i].Aside)
	}
	return worst(errs)
}

// unsubscribe ends the listings. Page frameworks mount, unmount and mount again at once, so that all
// three frames may bear the time of one millisecond, and arrive in any order: who then stays listed
// gets what it does not read, but who is not listed meets nobody. So only earlier listings end.
func unsubscribe(ctx context.Context, c *dialect.Conn, topics []string) error {
	return worst(each(c, topics, func(i int) error {
		err := c.MayList(ctx) // it costs as much
		if err != nil && signaling.Describe(err).Code != signaling.CodeOverBudget {
			return err
		}
		err = c.Directory.Unlist(ctx, named(topics[i]), c.ID, c.Time.Add(-time.Millisecond))
		if errors.Is(err, directory.ErrNotListed) {
			return nil
		}
		return refusal(err)
	}))
}

// each does so for the topics of a frame, several at once, and returns the errors. Topics that no
// connection can have all of are not even tried: each would cost its writes.
func each(c *dialect.Conn, topics []string, do func(i int) error) []error {
	if len(topics) == 1 {
		c.Room = meant(topics[0])
	}
	errs := make([]error, len(topics))
	var may []int
	for i, topic := range topics {
		switch {
		case len(topic) > directory.MaxName:
			errs[i] = refusal(directory.ErrLongName)
		case len(may) == maxTopics:
			errs[i] = tooMany()
		default:
			may = append(may, i)
		}
	}
	for i, err := range rescue.AtOnce(len(may), atOnce, func(i int) error { return do(may[i]) }) {
		errs[may[i]] = err
	}
	return errs
}

// refusal returns what the directory refused a client, in the words of the log.
func refusal(err error) error {
	switch {
	case errors.Is(err, directory.ErrLongName):
		return signaling.Errorf(signaling.CodeBadRequest, "a topic is longer than %d bytes", directory.MaxName)
	case errors.Is(err, directory.ErrFull):
		return signaling.Errorf(signaling.CodeRoomFull, "a topic has %d subscribers", maxSubscribers)
	case errors.Is(err, directory.ErrTooManyNames):
		return tooMany()
	}
	return err
}

// worst returns what the log is to tell of many: what we failed at, or else what was refused first.
func worst(errs []error) error {
	var refused error
	var failed []error
	for _, err := range errs {
		_, isRefusal := errors.AsType[*signaling.Error](err)
		switch {
		case err != nil && !isRefusal:
			failed = append(failed, err)
		case refused == nil:
			refused = err
		}
	}
	if failed != nil {
		return errors.Join(failed...)
	}
	return refused
}
