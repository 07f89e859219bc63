package e2e_test

import (
	"context"
	"crypto/md5" //nolint:gosec // what phones of today know
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/parley-rtc/parley/localdev/emulator"
)

const sipUsers = `SIP_USERS={"alice":"secret of alice","bob":"secret of bob","eve":"secret of eve"}`

// startSIP serves alice, bob and eve of example.org.
func startSIP(t testing.TB, opt emulator.Options, env ...string) *stack {
	t.Helper()
	return startWith(t, opt, append(env, "SIP_DOMAIN=example.org", sipUsers)...)
}

// phone is a socket that speaks SIP, line for line as a test says. What it is told is read as it
// comes.
type phone struct {
	t        testing.TB
	socket   *websocket.Conn
	user     string
	contact  string // a URI
	callID   string // of its REGISTERs
	frames   chan string
	requests int
}

// dialSIP connects. The host of its Contact is its name.
func (s *stack) dialSIP(t testing.TB, user, name string) *phone {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	socket, _, err := websocket.Dial(ctx, s.ws, &websocket.DialOptions{Subprotocols: []string{"sip"}})
	if err != nil {
		t.Fatal(err)
	}
	if socket.Subprotocol() != "sip" {
		t.Fatalf("got the subprotocol %q, want sip (RFC 7118, 4.1)", socket.Subprotocol())
	}
	socket.SetReadLimit(256 << 10)
	t.Cleanup(func() { _ = socket.CloseNow() })
	p := &phone{t: t, socket: socket, user: user, frames: make(chan string, 256)}
	p.contact, p.callID = "sip:"+user+"@"+name+".invalid;transport=ws", name+"-registers"
	go func() {
		defer close(p.frames)
		for {
			_, raw, err := socket.Read(context.Background())
			if err != nil {
				return
			}
			p.frames <- string(raw)
		}
	}()
	return p
}

// registered connects and registers with the user's password.
func (s *stack) registered(t testing.TB, user, name string) *phone {
	t.Helper()
	p := s.dialSIP(t, user, name)
	p.register()
	return p
}

func (p *phone) aor() string { return "sip:" + p.user + "@example.org" }

// request returns a request to a URI as its phone would send it. A field "Name: value" takes the
// place of the phone's own, "Name" alone takes that away, and one of another name comes behind. An
// empty field is followed by the body.
func (p *phone) request(method, uri string, fields ...string) string {
	p.requests++
	host, _, _ := strings.Cut(p.contact[strings.Index(p.contact, "@")+1:], ";")
	lines := []string{
		fmt.Sprintf("Via: SIP/2.0/WS %s;branch=z9hG4bK%s%d", host, p.user, p.requests),
		"Max-Forwards: 70",
		"To: <" + uri + ">",
		fmt.Sprintf("From: <%s>;tag=from-%s", p.aor(), p.user),
		fmt.Sprintf("Call-ID: %s-call-%d", host, p.requests),
		"CSeq: 1 " + method,
		"Contact: <" + p.contact + ">",
	}
	body := ""
	for i, field := range fields {
		if field == "" {
			body = strings.Join(fields[i+1:], "")
			break
		}
		name, _, valued := strings.Cut(field, ":")
		at := -1
		for j, line := range lines {
			if strings.HasPrefix(line, name+":") {
				at = j
			}
		}
		switch {
		case !valued && at >= 0:
			lines = append(lines[:at], lines[at+1:]...)
		case at >= 0:
			lines[at] = field
		default:
			lines = append(lines, field)
		}
	}
	lines = append([]string{method + " " + uri + " SIP/2.0"}, lines...)
	return strings.Join(lines, "\r\n") + "\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
}

// sends sends a frame and returns it.
func (p *phone) sends(frame string) string {
	p.t.Helper()
	_, body, _ := strings.Cut(frame, "\r\n\r\n")
	for _, private := range []string{body, param(frame, "response"), "secret of " + p.user} {
		plantText(private)
	}
	if err := p.socket.Write(context.Background(), websocket.MessageText, []byte(frame)); err != nil {
		p.t.Fatalf("send: %v", err)
	}
	return frame
}

// receive returns the next frame, "" if the socket has been closed.
func (p *phone) receive() string {
	p.t.Helper()
	select {
	case frame := <-p.frames:
		return frame
	case <-time.After(patience):
		p.t.Fatalf("%s: nothing came", p.contact)
	}
	return ""
}

// next fails the test unless the next frame begins so, and returns it.
func (p *phone) next(beginning string) string {
	p.t.Helper()
	got := p.receive()
	if !strings.HasPrefix(got, beginning) {
		p.t.Fatalf("%s: got %.600q, want %q", p.contact, got, beginning)
	}
	return got
}

func (p *phone) close() { _ = p.socket.Close(websocket.StatusNormalClosure, "") }

// quiet fails the test if anything is said to the phone before what it asks for itself is answered.
func (p *phone) quiet() {
	p.t.Helper()
	p.sends(p.request("OPTIONS", "sip:example.org"))
	p.next("SIP/2.0 200")
}

// register registers the phone, by its password if it is asked for that, and returns the last
// REGISTER.
func (p *phone) register(fields ...string) string {
	p.t.Helper()
	sent := p.sends(p.registration("REGISTER", fields...))
	got := p.receive()
	if strings.HasPrefix(got, "SIP/2.0 401") {
		sent = p.sends(p.registration("REGISTER", append(fields, p.authorization("REGISTER", got))...))
		got = p.receive()
	}
	if !strings.HasPrefix(got, "SIP/2.0 200") {
		p.t.Fatalf("%s registers: got %.600q", p.contact, got)
	}
	return sent
}

func (p *phone) registration(method string, fields ...string) string {
	cseq := fmt.Sprintf("CSeq: %d %s", p.requests+1, method)
	own := []string{"To: <" + p.aor() + ">", "Call-ID: " + p.callID, cseq, "Expires: 300"}
	return p.request(method, "sip:example.org", append(own, fields...)...)
}

// authorization answers the MD5 challenge of a 401 (RFC 2617, 3.2.2).
func (p *phone) authorization(method, challenge string) string {
	return p.credentials(method, nonce(challenge), "secret of "+p.user, 1)
}

// nonce is that of the MD5 challenge of a 401.
func nonce(challenge string) string {
	for line := range strings.SplitSeq(challenge, "\r\n") {
		if strings.HasPrefix(line, "WWW-Authenticate:") && !strings.Contains(line, "SHA-256") {
			return param(line, "nonce")
		}
	}
	return ""
}

func (p *phone) credentials(method, nonce, password string, count int) string {
	hash := func(parts ...string) string {
		sum := md5.Sum([]byte(strings.Join(parts, ":"))) //nolint:gosec // the digest of RFC 2617
		return hex.EncodeToString(sum[:])
	}
	nc := fmt.Sprintf("%08x", count)
	secret, asked := hash(p.user, "example.org", password), hash(method, "sip:example.org")
	response := hash(secret, nonce, nc, "c0ffee", "auth", asked)
	return fmt.Sprintf(`Authorization: Digest algorithm=MD5, username=%q, realm="example.org", nonce=%q, `+
		`uri="sip:example.org", response=%q, qop=auth, cnonce="c0ffee", nc=%s`, p.user, nonce, response, nc)
}

func param(text, name string) string {
	found := regexp.MustCompile(`\b` + name + `="([^"]*)"`).FindStringSubmatch(text)
	if found == nil {
		return ""
	}
	return found[1]
}

// field returns the value of the first field of that name.
func field(frame, name string) string {
	for line := range strings.SplitSeq(frame, "\r\n") {
		if value, is := strings.CutPrefix(line, name+": "); is {
			return value
		}
	}
	return ""
}

// answers returns the response that the phone gives to a request, with further fields; its To gets
// the phone's tag.
func (p *phone) answers(request, status string, fields ...string) string {
	lines := []string{"SIP/2.0 " + status}
	for line := range strings.SplitSeq(request, "\r\n") {
		switch name, _, _ := strings.Cut(line, ":"); name {
		case "Via", "From", "Call-ID", "CSeq", "Record-Route":
			lines = append(lines, line)
		case "To":
			if !strings.Contains(line, ";tag=") {
				line += ";tag=to-" + p.user
			}
			lines = append(lines, line)
		}
		if line == "" {
			break
		}
	}
	lines = append(lines, "Contact: <"+p.contact+">")
	return strings.Join(append(lines, fields...), "\r\n") + "\r\nContent-Length: 0\r\n\r\n"
}

// inDialog returns a request in the dialog that an INVITE of the phone and its 200 have made.
func (p *phone) inDialog(method, invite, ok string, seq int, fields ...string) string {
	target := strings.Trim(field(ok, "Contact"), "<>")
	return p.request(method, target, append([]string{
		"To: " + field(ok, "To"), "From: " + field(invite, "From"), "Call-ID: " + field(invite, "Call-ID"),
		fmt.Sprintf("CSeq: %d %s", seq, method),
	}, fields...)...)
}

// calls lets one phone call another, which answers, and returns the INVITE and its 200 as the
// caller knows them, and as the callee does.
func (p *phone) calls(callee *phone) (invite, ok, received, answered string) {
	p.t.Helper()
	invite = p.sends(p.request("INVITE", callee.aor(), "Content-Type: application/sdp", "", sdp))
	received = callee.next("INVITE " + callee.contact)
	callee.sends(callee.answers(received, "180 Ringing"))
	p.next("SIP/2.0 180")
	answered = callee.sends(callee.answers(received, "200 OK"))
	ok = p.next("SIP/2.0 200")
	p.sends(p.inDialog("ACK", invite, ok, 1))
	callee.next("ACK " + callee.contact)
	return invite, ok, received, answered
}

const sdp = "v=0\r\no=- 20518 0 IN IP4 203.0.113.1\r\ns=-\r\nc=IN IP4 203.0.113.1\r\nt=0 0\r\n" +
	"a=candidate:1 1 UDP 1 203.0.113.1 9 typ host\r\n"

// again returns the CANCEL of an INVITE, or the ACK of its response that is no 2xx (RFC 3261, 9.1
// and 17.1.1.3).
func (p *phone) again(method, invite string) string {
	_, rest, _ := strings.Cut(invite, " ")
	uri, _, _ := strings.Cut(rest, " ")
	var own []string
	for _, name := range []string{"Via", "To", "From", "Call-ID"} {
		own = append(own, name+": "+field(invite, name))
	}
	return p.request(method, uri, own...)
}

// branch is that of the first Via.
func branch(frame string) string {
	_, value, _ := strings.Cut(field(frame, "Via"), ";branch=")
	value, _, _ = strings.Cut(value, ";")
	return value
}
