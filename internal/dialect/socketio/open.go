package socketio

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/socketio/packet"
	"github.com/parley-rtc/parley/internal/socketio/server"
)

// Opened implements dialect.Dialect: the server speaks first.
func (d *Dialect) Opened(ctx context.Context, c *dialect.Conn) error {
	_, st, err := recall(ctx, c)
	if err == nil {
		err = d.Sealer.Ready(ctx)
	}
	if err != nil {
		return err
	}
	engine := d.newEngineID(c.ID, c.Opened, st.Version)
	if st.Version == packet.V4 {
		return hello(ctx, c, packet.Open(packet.V4, engine, pingInterval, pingTimeout, signaling.MaxFrame))
	}
	// Its sockets' ids are made of this one, so it has to be known to whoever handles their events.
	fresh := false
	if st, err = change(ctx, c, func(st *state) error {
		if fresh = st.Engine == ""; fresh {
			st.Engine = engine
		}
		return nil
	}); err != nil || !fresh {
		return err
	}
	if err := hello(ctx, c, packet.Open(packet.V3, engine, pingIntervalV3, pingTimeoutV3, signaling.MaxFrame)); err != nil {
		return err
	}
	return d.connect(ctx, c, packet.Packet{Kind: packet.KindConnect, Namespace: root})
}

// hello sends the frame that a client waits for, again where its socket seems to be gone: what API
// Gateway says of one that opened just now need not be so.
func hello(ctx context.Context, c *dialect.Conn, frame []byte) error {
	_, err := keepTrying(ctx, func() (bool, error) {
		err := c.Pusher.Push(ctx, c.ID, frame)
		if errors.Is(err, signaling.ErrGone) {
			return false, nil
		}
		return err == nil, err
	})
	return err
}

// recall returns what is remembered of the connection.
func recall(ctx context.Context, c *dialect.Conn) (signaling.Connection, state, error) {
	conn, err := c.Remembered(ctx)
	if err != nil {
		return conn, state{}, err
	}
	st, err := decodeState(conn.State)
	return conn, st, err
}

// changes is how often a change of what is remembered is tried while others change it.
const changes = 8

// change changes what is remembered of the connection, and returns it. If do fails, nothing is changed.
func change(ctx context.Context, c *dialect.Conn, do func(*state) error) (state, error) {
	conn, st, err := recall(ctx, c)
	for range changes {
		if err != nil {
			return st, err
		}
		if err = do(&st); err != nil {
			return st, err
		}
		after := st.encode()
		if after == conn.State {
			return st, nil
		}
		if err = c.Remember(ctx, conn.State, after); !errors.Is(err, signaling.ErrChanged) {
			return st, err
		}
		conn, st, err = recall(ctx, c)
	}
	return st, err
}

// refusal is why a socket may not connect, in the words that its client is told.
type refusal struct {
	message string
	data    json.RawMessage
}

func (r *refusal) Error() string { return "a socket was refused" }

// refusalOf returns what an App refuses a socket for. Of what it failed at the client hears no more
// than that.
func refusalOf(err error) error {
	if r, ok := errors.AsType[*server.Refusal](err); ok {
		told := &refusal{message: r.Message, data: r.Data}
		if _, only := err.(*server.Refusal); only { //nolint:errorlint // whether there is anything more in it
			return told
		}
		return errors.Join(told, err)
	}
	return errors.Join(&refusal{message: "internal error"}, err)
}

var (
	errConnected = signaling.Errorf(signaling.CodeBadRequest, "the socket is connected already")
	noNamespace  = &refusal{message: "Invalid namespace"}
)

// maxNamespace is the longest name of a namespace, in bytes.
const maxNamespace = 128

// connect connects a socket, or takes one up again that was lost, or says why not.
func (d *Dialect) connect(ctx context.Context, c *dialect.Conn, p packet.Packet) error {
	c.Action = "connect"
	err := d.tryConnect(ctx, c, p)
	var r *refusal
	refused, failed := errors.AsType[*signaling.Error](err)
	switch {
	case errors.Is(err, errConnected):
		return err // socket.io-client 4.6.0 says it twice where a connection has several namespaces
	case errors.As(err, &r):
		if _, only := err.(*refusal); only { //nolint:errorlint // whether there is anything more in it
			err = signaling.Errorf(signaling.CodeForbidden, "the socket was refused")
		}
	case failed:
		r = words(refused)
	case err != nil:
		r = words(signaling.Describe(err))
	default:
		return nil
	}
	c.Note(c.Push(ctx, packet.ConnectError(versionOn(ctx, c), p.Namespace, r.message, r.data)))
	return err
}

func words(e *signaling.Error) *refusal {
	data, _ := json.Marshal(map[string]any{"code": e.Code, "retry": e.Retry}) // strings never fail
	return &refusal{message: e.Msg, data: data}
}

func versionOn(ctx context.Context, c *dialect.Conn) packet.Version {
	_, st, err := recall(ctx, c)
	if err != nil {
		return packet.V4
	}
	return st.Version
}

// credentials are what a CONNECT brings.
type credentials struct {
	token string
	pid   string
	app   map[string]json.RawMessage // what is the app's, the token among it unless that is ours
}

func readCredentials(raw []byte, tokens bool) credentials {
	var c credentials
	if json.Unmarshal(raw, &c.app) != nil {
		return c
	}
	_ = json.Unmarshal(c.app["token"], &c.token)
	_ = json.Unmarshal(c.app["pid"], &c.pid)
	delete(c.app, "pid")
	delete(c.app, "offset")
	if tokens {
		delete(c.app, "token")
	}
	return c
}

// shown is what the event of the CONNECT itself sees of it.
func (c credentials) shown() json.RawMessage {
	if len(c.app) == 0 {
		return nil
	}
	raw, _ := json.Marshal(c.app) // valid JSON never fails
	return raw
}

// kept is what later events do: no token, and nothing that is too long.
func (c credentials) kept() json.RawMessage {
	delete(c.app, "token")
	raw := c.shown()
	if len(raw) > maxAuth {
		return nil
	}
	return raw
}

func (d *Dialect) tryConnect(ctx context.Context, c *dialect.Conn, p packet.Packet) error {
	if len(p.Namespace) > maxNamespace {
		return noNamespace
	}
	conn, st, err := recall(ctx, c)
	if err != nil {
		return err
	}
	if st.Sockets[p.Namespace] != nil {
		return errConnected
	}
	app, err := d.Apps(p.Namespace, st.Recipe)
	switch {
	case errors.Is(err, server.ErrNoNamespace):
		return noNamespace
	case err != nil:
		return refusalOf(err)
	}
	if err := d.Sealer.Ready(ctx); err != nil {
		return err
	}
	cred := readCredentials(p.Data, c.NeedRights)
	if err := d.admit(ctx, c, conn, st, cred.token); err != nil {
		return err
	}
	s := &socket{Dialect: d, c: c, log: c, app: app, namespace: p.Namespace, version: st.Version, query: st.Query, final: st.Final}
	if cred.pid != "" && !st.Final {
		if back, err := d.comeBack(ctx, s, cred); back || err != nil {
			return err
		}
	}
	s.self = self{ID: d.newID(sids, c.ID, c.Opened, p.Namespace), Auth: cred.shown()}
	if st.Version == packet.V3 {
		s.self.ID = idV3(st.Engine, p.Namespace)
		if p.Query != "" {
			s.query = p.Query
		}
	}
	return s.begin(ctx, cred)
}

func idV3(engine, namespace string) string {
	if namespace == root {
		return engine
	}
	return namespace + "#" + engine
}

// admit returns an *signaling.Error that says why the client may do nothing, if so.
func (d *Dialect) admit(ctx context.Context, c *dialect.Conn, conn signaling.Connection, st state, token string) error {
	switch {
	case !c.NeedRights:
		return nil
	case conn.Rights != nil:
		_, err := conn.RightsAt(c.Time)
		return err
	case token == "" || c.Admit == nil:
		return signaling.Errorf(signaling.CodeUnauthorized, "%s",
			cmp.Or(st.Refused, `not authorized: bring a token, io(url, { auth: { token } }) or ?token=`))
	}
	rights, err := c.Admit(ctx, signaling.Handshake{Tokens: []string{token}, Time: c.Time})
	if err != nil {
		return err
	}
	return c.Grant(ctx, rights)
}

// begin connects a new socket, if the application half lets it.
func (s *socket) begin(ctx context.Context, cred credentials) error {
	if a, ok := s.app.(server.Admitter); ok {
		s.connecting = true
		err := a.Admit(ctx, s)
		s.connecting = false
		if err != nil {
			return refusalOf(err)
		}
	}
	s.self.Auth = cred.kept()
	if err := s.note(ctx); err != nil {
		return err
	}
	if err := s.listAtOnce(ctx); err != nil {
		return err
	}
	s.current = true
	s.c.Joined = true
	pid := ""
	if !s.final {
		pid = s.newID(pids, s.c.ID, s.c.Opened, s.namespace)
	}
	if err := s.c.Push(ctx, packet.Connect(s.version, s.namespace, s.self.ID, pid)); err != nil {
		return err
	}
	return s.app.Connected(ctx, s)
}

// listAtOnce lists a new socket under what it is found by from the beginning.
func (s *socket) listAtOnce(ctx context.Context) error {
	if s.app.Needs().Everyone {
		listed, err := s.listAmong(ctx, named(everyone, s.namespace, ""), s.entry(1), maxEveryone)
		s.c.Note(listed.Aside)
		if err == nil {
			err = s.keepNames(ctx, listed.Names)
		}
		if err != nil {
			return err
		}
	}
	if s.self.Name != "" {
		return s.listName(ctx, s.self.Name, s.exclusive)
	}
	return nil
}

// note remembers the socket with its connection.
func (s *socket) note(ctx context.Context) error {
	_, err := change(ctx, s.c, func(st *state) error {
		switch {
		case st.Sockets[s.namespace] != nil:
			return errConnected
		case len(st.Sockets) >= maxSockets:
			return signaling.Errorf(signaling.CodeRateLimited, "a connection may be in %d namespaces", maxSockets)
		}
		if st.Sockets == nil {
			st.Sockets = map[string]*self{}
		}
		kept := s.self
		st.Sockets[s.namespace] = &kept
		st.Left = slices.DeleteFunc(st.Left, func(left string) bool { return left == s.namespace })
		return nil
	})
	return err
}
