package store

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/parley-rtc/parley/internal/dialect/socketio"
	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/dynamodb"
	"github.com/parley-rtc/parley/internal/signaling"
)

var _ socketio.Sessions = (*Store)(nil)

// keptSlack is how long what is kept of a connection of Socket.IO outlives its time, so that a write
// that is repeated meanwhile finds its key.
const keptSlack = 10 * time.Minute

// keptFor is the key of what is kept of a connection of Socket.IO; no room can have that name.
func keptFor(conn signaling.ConnID, what string) item {
	return item{"room": str(directory.Name{Space: "socket.io", Name: string(conn)}.Key()), "item": str(what)}
}

// session is a write of a lost socket's item. A session that is over has an until of 0. The frames
// that were claimed, or drained, last stay in it, for an answer that is lost.
type session struct {
	*Store
	place item
	key   string
	now   time.Time
}

func (s *Store) session(key socketio.SessionKey, now time.Time) session {
	return session{s, keptFor(key.Conn, "session#"+key.Namespace), newKey(), now}
}

func (s session) write(ctx context.Context, update, condition string, values item) (item, error) {
	values[":now"] = num(s.now.UnixMilli())
	return s.keyed(ctx, "keys", s.key, &dynamodb.UpdateItemInput{
		Key: s.place, UpdateExpression: &update, ConditionExpression: &condition, ExpressionAttributeValues: values,
	})
}

// The conditions on a session's item.
const (
	sessionLives   = "#until > :now"
	sessionIsOver  = "attribute_not_exists(#until) OR #until <= :now"
	sessionIsTaken = "attribute_exists(#claimed)"
)

func (s session) lives(it item) bool { return intOf(it["until"]) > s.now.UnixMilli() }

// Save implements socketio.Store with one conditional UpdateItem, and a second one where the socket
// was lost before: one unit for each KB that is kept of it.
func (s *Store) Save(ctx context.Context, key socketio.SessionKey, text string, until, now time.Time) error {
	w := s.session(key, now)
	const set = "SET #v = :v, #session = :session, #until = :until, #expires = :expires, "
	values := func() item {
		return item{
			":session": str(text), ":until": num(until.UnixMilli()), ":expires": num(until.Add(keptSlack).Unix()),
		}
	}
	var err error
	for range addTries {
		var old item
		old, err = w.write(ctx, set+"#since = if_not_exists(#since, :now) ADD #keys :keys",
			"attribute_not_exists(#until) OR "+sessionLives+" AND attribute_not_exists(#claimed)", values())
		if _, failed := conditionFailed(err); !failed {
			break
		}
		if w.lives(old) {
			_, err = w.write(ctx, set+"#since = :now ADD #keys :keys REMOVE #claimed, #taken",
				sessionLives+" AND "+sessionIsTaken, values())
		} else {
			_, err = w.write(ctx, set+"#since = :now, #keys = :keys REMOVE #claimed, #taken, #frames, #bytes",
				sessionIsOver, values())
		}
		if _, failed := conditionFailed(err); !failed {
			break
		}
	}
	return wrap("keep a lost socket", err)
}

// Append implements socketio.Store with one conditional UpdateItem, and a second one where it
// creates: one unit for each KB that is kept of the socket then. What has no room by itself is not
// even tried.
func (s *Store) Append(
	ctx context.Context, key socketio.SessionKey, frames []string, create bool, until, now time.Time,
) (time.Time, error) {
	w := s.session(key, now)
	size := socketio.SizeOf(frames)
	if len(frames) > socketio.MaxFrames || size > socketio.MaxKept {
		return w.refuse(ctx, create)
	}
	var err error
	for range addTries {
		var it item
		it, err = w.append(ctx, frames, size)
		if _, failed := conditionFailed(err); failed {
			switch {
			case w.lives(it):
				return since(it), socketio.ErrFull
			case !create:
				return time.Time{}, socketio.ErrNoSession
			}
			it, err = w.begin(ctx, frames, size, until)
		}
		if err == nil {
			return since(it), nil
		}
		if _, failed := conditionFailed(err); !failed {
			break
		}
	}
	return time.Time{}, wrap("keep frames for a lost socket", err)
}

func (s session) append(ctx context.Context, frames []string, size int) (item, error) {
	if len(frames) == 0 {
		return s.write(ctx, "SET #v = :v ADD #keys :keys", sessionLives, item{})
	}
	return s.write(ctx,
		"SET #v = :v, #frames = list_append(if_not_exists(#frames, :none), :frames) ADD #bytes :bytes, #keys :keys",
		sessionLives+" AND (attribute_not_exists(#frames) OR size(#frames) <= :count AND #bytes <= :left)", item{
			":frames": texts(frames), ":none": texts(nil), ":bytes": num(int64(size)),
			":count": num(int64(socketio.MaxFrames - len(frames))), ":left": num(int64(socketio.MaxKept - size)),
		})
}

func (s session) begin(ctx context.Context, frames []string, size int, until time.Time) (item, error) {
	update := "SET #v = :v, #since = :now, #until = :until, #expires = :expires, #keys = :keys"
	values := item{":until": num(until.UnixMilli()), ":expires": num(until.Add(keptSlack).Unix())}
	if len(frames) > 0 {
		update += ", #frames = :frames, #bytes = :bytes REMOVE #session, #claimed, #taken"
		values[":frames"], values[":bytes"] = texts(frames), num(int64(size))
	} else {
		update += " REMOVE #session, #claimed, #taken, #frames, #bytes"
	}
	return s.write(ctx, update, sessionIsOver, values)
}

// refuse is what becomes of frames that are too many, or too long, for any session: 1 RRU.
func (s session) refuse(ctx context.Context, create bool) (time.Time, error) {
	it, err := s.get(ctx, &dynamodb.GetItemInput{TableName: &s.rooms, Key: s.place, ConsistentRead: aws.Bool(true)})
	if err == nil {
		err = checkVersion(it)
	}
	switch {
	case err != nil:
		return time.Time{}, wrap("keep frames for a lost socket", err)
	case s.lives(it):
		return since(it), socketio.ErrFull
	case create:
		return s.now, socketio.ErrFull
	}
	return time.Time{}, socketio.ErrNoSession
}

// Claim implements socketio.Store with one conditional UpdateItem: one unit for each KB that is kept.
func (s *Store) Claim(ctx context.Context, key socketio.SessionKey, now time.Time) (string, []string, error) {
	it, err := s.session(key, now).write(ctx,
		"SET #v = :v, #claimed = :now, #taken = if_not_exists(#frames, :none) ADD #keys :keys REMOVE #frames, #bytes",
		sessionLives+" AND attribute_not_exists(#claimed)", item{":none": texts(nil)})
	if _, failed := conditionFailed(err); failed {
		return "", nil, socketio.ErrNoSession
	}
	if err != nil {
		return "", nil, wrap("claim a lost socket", err)
	}
	return stringOf(it["session"]), textsOf(it["taken"]), nil
}

// Drain implements socketio.Store with one conditional UpdateItem, and a second one if there is
// anything to take: one unit for each KB of that, and of what was taken before.
func (s *Store) Drain(ctx context.Context, key socketio.SessionKey, now time.Time) ([]string, error) {
	w := s.session(key, now)
	var err error
	for range addTries {
		var old, it item
		old, err = w.write(ctx, "SET #v = :v, #until = :none ADD #keys :keys REMOVE #session, #taken, #claimed",
			sessionLives+" AND "+sessionIsTaken+" AND attribute_not_exists(#frames)", item{":none": num(0)})
		if _, failed := conditionFailed(err); !failed {
			return nil, wrap("drain a lost socket", err)
		}
		if _, claimed := old["claimed"]; !claimed || !w.lives(old) {
			return nil, socketio.ErrNoSession
		}
		it, err = w.write(ctx, "SET #v = :v, #taken = #frames ADD #keys :keys REMOVE #frames, #bytes",
			sessionLives+" AND "+sessionIsTaken+" AND attribute_exists(#frames)", item{})
		if _, failed := conditionFailed(err); !failed {
			return textsOf(it["taken"]), wrap("drain a lost socket", err)
		}
	}
	return nil, wrap("drain a lost socket", err)
}

func since(it item) time.Time { return time.UnixMilli(intOf(it["since"])).UTC() }

func texts(list []string) types.AttributeValue {
	values := make([]types.AttributeValue, len(list))
	for i, text := range list {
		values[i] = str(text)
	}
	return &types.AttributeValueMemberL{Value: values}
}

func textsOf(v types.AttributeValue) []string {
	list, _ := v.(*types.AttributeValueMemberL)
	if list == nil {
		return nil
	}
	texts := make([]string, len(list.Value))
	for i, v := range list.Value {
		texts[i] = stringOf(v)
	}
	return texts
}
