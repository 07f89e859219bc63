package doctor

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/coder/websocket"

	"github.com/parley-rtc/parley/internal/socketio/packet"
)

// engine is what a client of 3.x or 4.x asks for.
var engine = map[string]string{"EIO": "4", "transport": "websocket"}

// socketio connects as a client of Socket.IO does, to the namespace and recipe that it would get.
func (e *examination) socketio(ctx context.Context) (string, error) {
	began := time.Now()
	s, err := e.dialSocket(ctx, engine)
	if err != nil {
		return "", err
	}
	defer s.end(ctx)
	took := time.Since(began).Round(time.Millisecond)
	return fmt.Sprintf("a client is let into the namespace %s, %s after it came", e.IO.namespace, took), nil
}

// auto has a socket be served by the rules that need no recipe, and which the doctor knows.
var auto = map[string]string{"recipe": "auto"}

// socketRelay has two clients meet in a room, and one send to the other.
func (e *examination) socketRelay(ctx context.Context) (string, error) {
	query := maps.Clone(engine)
	maps.Copy(query, auto)
	var pair [2]*socket
	for i := range pair {
		s, err := e.dialSocket(ctx, query)
		if err != nil {
			return "", err
		}
		defer s.end(ctx)
		pair[i] = s
		ids, err := s.join(ctx, e.room)
		if err != nil {
			return "", err
		}
		if i > 0 && !slices.Contains(ids, pair[0].id) {
			return "", e.unanswered(ctx, "the second of two clients in a room is not told of the first")
		}
	}
	probe := rand.Text()
	if err := pair[1].emit(ctx, packet.NoID, "offer", map[string]string{"to": pair[0].id, "probe": probe}); err != nil {
		return "", err
	}
	_, err := pair[0].await(ctx, func(p packet.Packet) bool {
		name, args, err := p.Event()
		return err == nil && name == "offer" && len(args) > 0 && strings.Contains(string(args[0]), probe)
	})
	if err != nil {
		return "", e.unanswered(ctx, "an event of one client did not reach the other")
	}
	return "two clients met in a room, and one's event reached the other", nil
}

// unanswered is lost where peers of parley.v1 have been reached.
func (e *examination) unanswered(ctx context.Context, what string) error {
	if p := e.awaitLogs(ctx); p != nil {
		return p
	}
	return broken("message function", "see its log: "+seeLogs, "%s", what)
}

// socket is a client that is connected to its namespace.
type socket struct {
	e    *examination
	conn *websocket.Conn
	id   string
}

// dialSocket goes as far as the event connect of a client.
func (e *examination) dialSocket(ctx context.Context, query map[string]string) (s *socket, err error) {
	conn, err := e.dialAs(ctx, query)
	if err != nil {
		return nil, err
	}
	conn.SetReadLimit(256 << 10)
	s = &socket{e: e, conn: conn}
	defer func() {
		if err != nil {
			_ = conn.CloseNow()
		}
	}()
	step, cancel := e.step(ctx)
	defer cancel()
	_, raw, err := conn.Read(step)
	if err != nil {
		return nil, e.unheard(ctx, "Socket.IO", "socket.io")
	}
	if f, err := packet.Decode(packet.V4, raw); err != nil || f.Type != packet.TypeOpen {
		return nil, broken("greeting", "does whatever else is at this address speak to clients by itself?",
			"a client of Socket.IO was greeted with something else than an open packet")
	}
	auth := []byte{}
	if e.Token != "" {
		auth, _ = json.Marshal(map[string]string{"token": e.Token}) // strings never fail
	}
	if err := s.write(ctx, packet.KindConnect, packet.NoID, auth); err != nil {
		return nil, err
	}
	p, err := s.await(ctx, func(p packet.Packet) bool {
		return p.Kind == packet.KindConnect || p.Kind == packet.KindConnectError
	})
	if err != nil {
		return nil, e.unanswered(ctx, "a client that asked for the namespace "+e.IO.namespace+" was not answered")
	}
	return s, s.connected(p)
}

// connected takes the answer to a CONNECT.
func (s *socket) connected(p packet.Packet) error {
	var said struct{ Sid, Message string }
	_ = json.Unmarshal(p.Data, &said)
	if s.id = said.Sid; p.Kind == packet.KindConnect && s.id != "" {
		return nil
	}
	setting, advice := "refusal", "see SOCKETIO_RECIPE (socketioRecipe), which decides who is let in"
	switch {
	case said.Message == "Invalid namespace":
		return broken("namespace", "what stands behind the host in io(URL) is the namespace: leave it out, "+
			"or have SOCKETIO_RECIPE (socketioRecipe) serve it", "the namespace %s is not served", s.e.IO.namespace)
	case s.e.Token != "":
		setting, advice = "token", "mint another one: parley token --help"
	case strings.HasPrefix(said.Message, "not authorized"):
		setting, advice = "token", "pass one with --token; apps bring it with io(url, { auth: { token } })"
	}
	return broken(setting, advice, "a client of Socket.IO is refused: %s", said.Message)
}

// join joins a room, and returns what the acknowledgement has: the ids of who is there.
func (s *socket) join(ctx context.Context, room string) (ids []string, err error) {
	const ask = 0
	if err := s.emit(ctx, ask, "join-room", room); err != nil {
		return nil, err
	}
	p, err := s.await(ctx, func(p packet.Packet) bool { return p.Kind == packet.KindAck && p.ID == ask })
	if err != nil {
		return nil, s.e.unanswered(ctx, "a client that joined a room had no acknowledgement")
	}
	if args := p.Args(); len(args) > 0 {
		_ = json.Unmarshal(args[0], &ids)
	}
	return ids, nil
}

func (s *socket) emit(ctx context.Context, id int64, name string, arg any) error {
	raw, err := json.Marshal([]any{name, arg})
	if err != nil {
		return err
	}
	return s.write(ctx, packet.KindEvent, id, raw)
}

func (s *socket) write(ctx context.Context, kind packet.Kind, id int64, data []byte) error {
	step, cancel := s.e.step(ctx)
	defer cancel()
	p := packet.Packet{Kind: kind, Namespace: s.e.IO.namespace, ID: id, Data: data}
	return s.conn.Write(step, websocket.MessageText, p.Encode())
}

// await returns the first packet of the namespace that is wanted.
func (s *socket) await(ctx context.Context, wanted func(packet.Packet) bool) (packet.Packet, error) {
	step, cancel := s.e.step(ctx)
	defer cancel()
	for {
		_, raw, err := s.conn.Read(step)
		if err != nil {
			return packet.Packet{}, err
		}
		f, err := packet.Decode(packet.V4, raw)
		switch {
		case err != nil:
			return packet.Packet{}, err
		case f.Type == packet.TypePing:
			err = s.conn.Write(step, websocket.MessageText, packet.Pong(f.Data))
		case f.Type == packet.TypeMessage && f.Packet.Namespace == s.e.IO.namespace && wanted(f.Packet):
			return f.Packet, nil
		}
		if err != nil {
			return packet.Packet{}, err
		}
	}
}

// end leaves the namespace, as a client does that disconnects, and closes.
func (s *socket) end(ctx context.Context) {
	_ = s.conn.Write(ctx, websocket.MessageText, packet.Disconnect(s.e.IO.namespace))
	_ = s.conn.Close(websocket.StatusNormalClosure, "")
}
