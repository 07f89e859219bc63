package ywebrtc

import (
	"bytes"
	"context"
	"slices"
	"time"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/directory"
)

// A client that hears of another calls it. Two who arrive together, and both hear of the other, call
// each other at once, which the client does not survive: it ends up connected with nothing arriving,
// or waiting for an answer for ever. A server that handles one frame after the other tells one of the
// two as a rule. So the announcement of an arrival goes at once to those who were there before, and to
// those who have come since, whose own announcements it will have answered by then, a second later:
// for them it is old news, unless theirs got lost.
const (
	arrival = 500 * time.Millisecond // since it subscribed a client's announcement is the one of its arrival
	oldNews = time.Second
)

// sealed is how an encrypted string begins: the length and the name of its cipher, and the length of
// what comes next. An announcement is 132 characters long then, and every signal 260 or more.
var sealed = []byte(`"B0FFUy1HQ00M`)

const maxSealed = 200

// announces reports whether a frame announces its sender, as far as that shows.
func (f frame) announces() bool {
	if bytes.HasPrefix(f.data, sealed) {
		return len(f.data) < maxSealed
	}
	kind, _ := object(f.data).text("type")
	return kind == "announce"
}

// stillThere returns, a moment later, those of the entries that are still listed, if the connection
// itself is.
func stillThere(
	ctx context.Context, c *dialect.Conn, name directory.Name, entries []directory.Entry,
) ([]directory.Entry, error) {
	if err := dialect.Pause(ctx, oldNews); err != nil {
		return nil, err
	}
	now, err := c.Directory.Find(ctx, name, c.Time, true)
	if err != nil || indexOf(now, c.ID) < 0 {
		return nil, err
	}
	return slices.DeleteFunc(entries, func(e directory.Entry) bool { return indexOf(now, e.Conn) < 0 }), nil
}
