package socketio

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/socketio/packet"
)

// session is what is kept of a lost socket.
type session struct {
	Self   self             `json:"s"`
	Query  string           `json:"q,omitempty"` // as in state, and so is the recipe
	Recipe string           `json:"r,omitempty"`
	Names  []string         `json:"n,omitempty"` // keys in the directory
	Conn   signaling.ConnID `json:"c"`           // that they are of
}

func (s session) encode() string {
	raw, _ := json.Marshal(s) // strings and valid JSON never fail
	return string(raw)
}

// key is that of a socket which is remembered with a connection.
func (k self) key(conn signaling.ConnID, namespace string) SessionKey {
	if k.Origin != "" {
		conn = k.Origin
	}
	return SessionKey{Conn: conn, Namespace: namespace}
}

// Closed implements dialect.Dialect. A client that left, or closed its page, is out at once; one that
// lost its connection has a moment to come back, in which nobody hears of it.
func (d *Dialect) Closed(ctx context.Context, c *dialect.Conn) error {
	was, st, err := recall(ctx, c)
	if err == nil {
		err = d.tidy(ctx, c, was, st)
	}
	if err != nil || len(st.Sockets) == 0 {
		return err
	}
	if left(c, st) {
		return d.end(ctx, c, was, st, time.Time{})
	}
	lost, err := d.save(ctx, c, was, st)
	return errors.Join(err, d.await(ctx, c, lost))
}

// loss is a socket that is kept as lost, and the connection that it was lost with.
type loss struct {
	SessionKey
	with signaling.ConnID
}

// await waits for lost sockets to be taken up, and ends those that are not.
func (d *Dialect) await(ctx context.Context, c *dialect.Conn, lost []loss) error {
	if len(lost) == 0 {
		return nil
	}
	if err := dialect.Pause(ctx, d.Grace); err != nil {
		return err
	}
	var errs []error
	for _, l := range lost {
		errs = append(errs, d.expireLost(ctx, c, l))
	}
	return errors.Join(errs...)
}

// tidy takes the connection off the names of sockets that ended before it did: a join that is handled
// beside the end of its socket may leave one.
func (d *Dialect) tidy(ctx context.Context, c *dialect.Conn, was signaling.Connection, st state) error {
	names, err := directory.ParseKeys(was.Names)
	for _, name := range names {
		kind, namespace, _ := parts(name)
		if kind == "" || st.Sockets[namespace] != nil {
			continue
		}
		err = errors.Join(err, d.tidyName(ctx, c, st, name))
	}
	return err
}

func (d *Dialect) tidyName(ctx context.Context, c *dialect.Conn, st state, name directory.Name) error {
	_, namespace, _ := parts(name)
	app, err := d.Apps(namespace, st.Recipe)
	if err != nil {
		return err
	}
	entries, err := c.Directory.Find(ctx, name, c.Time, true)
	if err != nil {
		return err
	}
	s := &socket{Dialect: d, c: c, log: c, app: app, namespace: namespace, version: st.Version, over: true}
	for _, t := range targets(name, entries) {
		if t.conn == c.ID {
			err = errors.Join(err, d.Sealer.Ready(ctx), s.drop(ctx, t))
		}
	}
	return err
}

// The close codes of RFC 6455, and how API Gateway tells of them.
const (
	normalClosure = 1000
	goingAway     = 1001 // with no reason if a page was left, else by API Gateway itself
)

// left reports whether a client will not come back.
func left(c *dialect.Conn, st state) bool {
	return st.Final || c.Code == normalClosure || c.Code == goingAway && c.Reason == ""
}

// save keeps the sockets of a connection that is forgotten.
func (d *Dialect) save(
	ctx context.Context, c *dialect.Conn, was signaling.Connection, st state,
) (lost []loss, err error) {
	var errs []error
	for _, namespace := range slices.Sorted(maps.Keys(st.Sockets)) {
		of := st.Sockets[namespace]
		kept := session{Self: *of, Query: st.Query, Recipe: st.Recipe, Conn: was.ID}
		for _, name := range allOf(was, namespace) {
			kept.Names = append(kept.Names, name.Key())
		}
		key := of.key(was.ID, namespace)
		lost = append(lost, loss{key, was.ID})
		errs = append(errs, d.Store.Save(ctx, key, kept.encode(), c.Time.Add(keptFor), c.Time))
	}
	return lost, errors.Join(errs...)
}

// keep keeps a socket as lost, with what it has not been sent yet.
func (d *Dialect) keep(ctx context.Context, key SessionKey, session string, frames []string, now time.Time) error {
	until := now.Add(keptFor)
	err := d.Store.Save(ctx, key, session, until, now)
	if err == nil && len(frames) > 0 {
		_, err = d.Store.Append(ctx, key, frames, true, until, now)
	}
	return err
}

// keptFor is until when a lost socket is kept if nobody ends that before.
const keptFor = time.Minute

// expireLost ends a lost socket, if nobody has taken it. Its client may have come back, and have lost
// another connection meanwhile: that has a time of its own.
func (d *Dialect) expireLost(ctx context.Context, c *dialect.Conn, l loss) error {
	to, err := movedTo(ctx, c, l.SessionKey)
	if err != nil || to != "" && to != l.with {
		return err
	}
	return d.expire(ctx, c, l.SessionKey)
}

// expire ends a lost socket, if nobody has taken it.
func (d *Dialect) expire(ctx context.Context, c *dialect.Conn, key SessionKey) error {
	_, err := d.claim(ctx, c, key)
	return err
}

// claim ends a lost socket, and reports whether it was there.
func (d *Dialect) claim(ctx context.Context, c *dialect.Conn, key SessionKey) (bool, error) {
	text, _, err := d.Store.Claim(ctx, key, c.Time)
	if errors.Is(err, ErrNoSession) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for range 2 { // nobody gets what was kept since
		if frames, err := d.Store.Drain(ctx, key, c.Time); err != nil || len(frames) == 0 {
			break
		}
	}
	if text == "" {
		return false, nil
	}
	var kept session
	if err := json.Unmarshal([]byte(text), &kept); err != nil {
		return false, err
	}
	was := signaling.Connection{ID: kept.Conn, Dialect: Name, Names: kept.Names}
	st := state{
		Version: packet.V4, Query: kept.Query, Recipe: kept.Recipe, Sockets: map[string]*self{key.Namespace: &kept.Self},
	}
	return true, d.end(ctx, c, was, st, time.Time{})
}

// end ends the sockets of a connection that is forgotten, or, of one that lives on, as of the last of
// their events: what is asked for later is the next socket's.
func (d *Dialect) end(
	ctx context.Context, c *dialect.Conn, was signaling.Connection, st state, last time.Time,
) error {
	var errs []error
	for _, namespace := range slices.Sorted(maps.Keys(st.Sockets)) {
		gone := &dialect.Conn{House: c.House, ID: was.ID, Time: c.Time, Opened: c.Opened}
		gone.Keep(was)
		s, err := d.socket(gone, namespace, st)
		if err == nil {
			s.over = true
			err = errors.Join(s.finish(ctx, was, last), gone.Aside)
		}
		c.Relays += gone.Relays
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// finish takes a socket off all its names, and tells the application half of each room and then of
// the end.
func (s *socket) finish(ctx context.Context, was signaling.Connection, last time.Time) error {
	if err := s.Sealer.Ready(ctx); err != nil {
		return err
	}
	return errors.Join(s.leaveAll(ctx, was, last), s.app.Disconnected(ctx, s))
}

// leaveAll takes a socket off all its names, and tells the application half of each room.
func (s *socket) leaveAll(ctx context.Context, was signaling.Connection, last time.Time) error {
	var errs []error
	var rooms []string
	for _, name := range allOf(was, s.namespace) {
		rev, err := s.c.Directory.Store.RemoveEntry(ctx, name, was.ID, last, s.c.Time)
		if kind, _, of := parts(name); kind == inRoom && err == nil {
			rooms = append(rooms, of)
		}
		if err == nil && !last.IsZero() {
			err = s.c.Directory.Store.DropName(ctx, was.ID, name, rev)
		}
		if !errors.Is(err, directory.ErrNotListed) {
			errs = append(errs, err)
		}
	}
	slices.Sort(rooms)
	for _, room := range rooms {
		errs = append(errs, s.app.Left(ctx, s, room))
	}
	return errors.Join(errs...)
}

// disconnect ends a socket whose client says so. Where the end of the connection was faster, it is
// kept as a lost one by now, or is about to be.
func (d *Dialect) disconnect(ctx context.Context, c *dialect.Conn, namespace string) error {
	c.Action = "disconnect"
	_, st, _ := recall(ctx, c) // as this process knows it, which may be from before the socket
	of := st.Sockets[namespace]
	_, err := c.Reread(ctx)
	if err == nil {
		st, err = change(ctx, c, func(st *state) error {
			of = st.Sockets[namespace]
			delete(st.Sockets, namespace)
			if of != nil && len(st.Left) < maxSockets {
				st.Left = append(st.Left, namespace)
			}
			return nil
		})
	}
	if errors.Is(err, signaling.ErrGone) {
		if of == nil {
			of = &self{}
		}
		_, err := keepTrying(ctx, func() (bool, error) { return d.claim(ctx, c, of.key(c.ID, namespace)) })
		return err
	}
	if err != nil || of == nil {
		return err
	}
	was, err := c.Remembered(ctx)
	if err != nil {
		return err
	}
	st.Sockets = map[string]*self{namespace: of}
	err = d.end(ctx, c, was, st, c.Time)
	names := allOf(was, namespace)
	if was, forgotten := c.Remembered(ctx); forgotten == nil {
		was.Names = slices.DeleteFunc(slices.Clone(was.Names), func(key string) bool {
			return slices.ContainsFunc(names, func(n directory.Name) bool { return n.Key() == key })
		})
		c.Keep(was)
	}
	return err
}

// maxRev is later than any revision of a name.
const maxRev = 1<<62 - 1

// bury ends the sockets of a connection whose $disconnect never came: of all who find that, one does.
func (d *Dialect) bury(ctx context.Context, c *dialect.Conn, conn signaling.ConnID) error {
	was, err := c.Connections.Disconnect(ctx, conn)
	if err != nil || was.ID == "" {
		return err
	}
	st, err := decodeState(was.State)
	if err != nil {
		return err
	}
	return d.end(ctx, c, was, st, time.Time{})
}
