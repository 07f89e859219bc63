package main

import (
	"context"
	"crypto/md5" //nolint:gosec // what phones know
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/parley-rtc/parley/cmd/parley/internal/cost"
	"github.com/parley-rtc/parley/localdev/emulator"
	"github.com/parley-rtc/parley/localdev/rates"
)

// sipPhone speaks as JsSIP does.
type sipPhone struct {
	t      *testing.T
	ctx    context.Context //nolint:containedctx // of one test
	socket *websocket.Conn
	user   string
	cseq   int
}

func dialPhone(t *testing.T, url, user string) *sipPhone {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	socket, _, err := websocket.Dial(ctx, url, &websocket.DialOptions{Subprotocols: []string{"sip"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.CloseNow() })
	return &sipPhone{t: t, ctx: ctx, socket: socket, user: user}
}

func (p *sipPhone) contact() string { return "sip:" + p.user + "@" + p.user + ".invalid;transport=ws" }

func (p *sipPhone) send(lines ...string) {
	p.t.Helper()
	raw := strings.Join(append(lines, "Content-Length: 0", "", ""), "\r\n")
	if err := p.socket.Write(p.ctx, websocket.MessageText, []byte(raw)); err != nil {
		p.t.Fatal(err)
	}
}

// hear returns the next message, which has to begin so.
func (p *sipPhone) hear(beginning string) string {
	p.t.Helper()
	_, raw, err := p.socket.Read(p.ctx)
	if err != nil || !strings.HasPrefix(string(raw), beginning) {
		p.t.Fatalf("%s got %q, %v, want %s…", p.user, raw, err, beginning)
	}
	return string(raw)
}

// request sends one, from whom to whom.
func (p *sipPhone) request(method, uri, to string, more ...string) {
	p.t.Helper()
	if method != "ACK" {
		p.cseq++
	}
	p.send(append([]string{
		method + " " + uri + " SIP/2.0", fmt.Sprintf("Via: SIP/2.0/WS %s.invalid;branch=z9hG4bK%s%d", p.user, method, p.cseq),
		"Max-Forwards: 69", "To: " + to, "From: <sip:" + p.user + "@calls.example>;tag=" + p.user, "Call-ID: " + p.user,
		fmt.Sprintf("CSeq: %d %s", p.cseq, method),
	}, more...)...)
}

// answer answers a request.
func (p *sipPhone) answer(request, status string) {
	p.t.Helper()
	lines := []string{"SIP/2.0 " + status}
	for line := range strings.SplitSeq(request, "\r\n") {
		name, _, _ := strings.Cut(line, ":")
		switch name {
		case "Via", "From", "Call-ID", "CSeq", "Record-Route":
			lines = append(lines, line)
		case "To":
			lines = append(lines, strings.TrimSuffix(line, ";tag="+p.user)+";tag="+p.user)
		}
	}
	p.send(append(lines, "Contact: <"+p.contact()+">")...)
}

// register does it as JsSIP does each time: first without credentials.
func (p *sipPhone) register(password string) {
	p.t.Helper()
	const uri = "sip:calls.example"
	aor := "<sip:" + p.user + "@calls.example>"
	contact := "Contact: <" + p.contact() + ">;+sip.ice;reg-id=1;expires=600"
	p.request("REGISTER", uri, aor, contact)
	if password == "" {
		p.hear("SIP/2.0 200")
		return
	}
	challenge := regexp.MustCompile(`nonce="([^"]*)", algorithm=MD5`).FindStringSubmatch(p.hear("SIP/2.0 401"))
	if challenge == nil {
		p.t.Fatal("no nonce for MD5")
	}
	hash := func(text string) string { return fmt.Sprintf("%x", md5.Sum([]byte(text))) } //nolint:gosec // see the import
	response := hash(hash(p.user+":calls.example:"+password) + ":" + challenge[1] + ":00000001:c:auth:" + hash("REGISTER:"+uri))
	p.request("REGISTER", uri, aor, contact, fmt.Sprintf(`Authorization: Digest algorithm=MD5, username=%q, realm="calls.example", `+
		`nonce=%q, uri=%q, response=%q, qop=auth, cnonce="c", nc=00000001`, p.user, challenge[1], uri, response))
	p.hear("SIP/2.0 200")
}

// TestTheModelOfAPhoneIsARealOnesBill has a phone register, do so again, and go.
func TestTheModelOfAPhoneIsARealOnesBill(t *testing.T) {
	t.Parallel()
	url := startService(t, func(o *emulator.Options) {
		o.Parameters["SipDomain"], o.Parameters["SipUsers"] = "calls.example", `{"alice":"wonderland"}`
	})
	alice := dialPhone(t, url, "alice")
	alice.register("wonderland")
	alice.register("wonderland")
	_ = alice.socket.Close(websocket.StatusNormalClosure, "")
	settings := cost.AsDeployed()
	awaitBill(t, url, cost.PhoneConnections(1, settings).Plus(cost.Registrations(2, true, settings)))
}

// TestTheModelOfACallOfSIPIsARealCallsBill plays one of two minutes.
func TestTheModelOfACallOfSIPIsARealCallsBill(t *testing.T) {
	t.Parallel()
	url := startService(t, nil)
	alice, bob := dialPhone(t, url, "alice"), dialPhone(t, url, "bob")
	alice.register("")
	bob.register("")
	alice.request("INVITE", "sip:bob@calls.example", "<sip:bob@calls.example>", "Contact: <"+alice.contact()+">")
	invite := bob.hear("INVITE " + bob.contact())
	for _, status := range []string{"100 Trying", "180 Ringing", "200 OK"} {
		bob.answer(invite, status)
		alice.hear("SIP/2.0 " + status)
	}
	there := "<sip:bob@calls.example>;tag=bob"
	alice.request("ACK", bob.contact(), there)
	bob.hear("ACK")
	for _, method := range []string{"UPDATE", "UPDATE", "BYE"} {
		alice.request(method, bob.contact(), there)
		bob.answer(bob.hear(method), "200 OK")
		alice.hear("SIP/2.0 200")
	}
	_ = alice.socket.Close(websocket.StatusNormalClosure, "")
	_ = bob.socket.Close(websocket.StatusNormalClosure, "")
	settings := cost.AsDeployed()
	awaitBill(t, url, cost.Call{Peers: 2, Minutes: 2, FrameBytes: 100}.SIP(settings).
		Plus(cost.PhoneConnections(2, settings)).Plus(cost.Registrations(2, false, settings)))
}

// phonesTable is what phones cost that are merely registered.
func phonesTable(t *testing.T, r rates.Rates) string {
	t.Helper()
	out := "| phone | registrations a day | messages in and out | WRU | $ a month | a thousand phones |\n|---|---|---|---|---|---|\n"
	for _, client := range []struct {
		name  string
		phone cost.Phone
	}{
		{"JsSIP, with a password", cost.JsSIP(true)},
		{"JsSIP, with a token, or where everybody may", cost.JsSIP(false)},
		{"SIP.js, with a password", cost.SIPJS(true)},
		{"SIP.js, with a token, or where everybody may", cost.SIPJS(false)},
	} {
		day := client.phone.Day(cost.AsDeployed())
		usd := cost.Total(month(t, r, day.Times(30), cost.FreeNone))
		out += fmt.Sprintf("| %s | %.0f | %.0f | %.0f | %.3f | $%.0f |\n", client.name, 24*3600/client.phone.Refresh,
			day.MessagesIn+day.MessagesOut, day.WRU, usd, 1000*usd)
	}
	return out
}

// sipLine is the price of a call between two of them.
func sipLine(t *testing.T, r rates.Rates) string {
	t.Helper()
	call := cost.Usual()
	u := call.SIP(cost.AsDeployed())
	short := call
	short.Minutes = 0
	return fmt.Sprintf("$%.6f: %.0f messages in and as many out, %.1f RRU and no WRU; $%.6f without the UPDATEs, which SIP.js does not send.\n",
		cost.Total(month(t, r, u, cost.FreeNone)), u.MessagesIn, u.RRU,
		cost.Total(month(t, r, short.SIP(cost.AsDeployed()), cost.FreeNone)))
}
