package siptest

import (
	"fmt"
	"strings"

	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/sip"
)

// Phone is a user agent on a connection of its own. Its fields may be changed before it sends.
type Phone struct {
	Conn    signaling.ConnID
	AOR     string // such as alice@example.org
	Contact string // its URI, which is as random as those of browsers' phones
	Host    string // the sent-by of its Vias
	Path    string // of its registrations, "" for none

	stage  *Stage
	frames [][]byte
	count  int
}

// Connect opens a connection, with tokens in its URL. Its phone is named like it and has the address of
// record.
func (s *Stage) Connect(conn, aor string, tokens ...string) *Phone {
	s.t.Helper()
	p := &Phone{
		Conn: signaling.ConnID(conn), AOR: aor, Host: conn + ".invalid", stage: s,
		Contact: fmt.Sprintf("sip:%s@%s.invalid;transport=ws", conn, conn),
	}
	e := s.event(p.Conn, "$connect", "")
	e.Headers = map[string]string{"Sec-WebSocket-Protocol": "sip"}
	e.MultiValueQueryStringParameters = map[string][]string{"token": tokens}
	resp, err := s.Process.Connect(s.t.Context(), e)
	if err != nil || resp.StatusCode != 200 || resp.Subprotocol != "sip" {
		s.t.Fatalf("%s connects: %v, %v", conn, resp, err)
	}
	s.phones[p.Conn] = p
	return p
}

// Phone is Connect and Register.
func (s *Stage) Phone(conn, aor string) *Phone {
	s.t.Helper()
	p := s.Connect(conn, aor)
	p.Register()
	return p
}

// Register registers the phone's contact under its address of record for five minutes.
func (p *Phone) Register() { p.Registers(p.Contact) }

// Registers is Register with these contacts.
func (p *Phone) Registers(contacts ...string) {
	p.stage.t.Helper()
	_, host, _ := strings.Cut(p.AOR, "@")
	m := p.Request("REGISTER", "sip:"+host)
	m.Header.Set("To", "<sip:"+p.AOR+">")
	m.Header.Del("Contact")
	for _, uri := range contacts {
		m.Header.Add("Contact", "<"+uri+">")
	}
	if p.Path != "" {
		m.Header.Add("Path", p.Path)
	}
	p.Says(m)
	p.HearsResponse(200, "REGISTER")
}

// Unregister takes the phone's contact away.
func (p *Phone) Unregister() {
	p.stage.t.Helper()
	_, host, _ := strings.Cut(p.AOR, "@")
	m := p.Request("REGISTER", "sip:"+host)
	m.Header.Set("To", "<sip:"+p.AOR+">")
	m.Header.Set("Contact", "<"+p.Contact+">;expires=0")
	p.Says(m)
	p.HearsResponse(200, "REGISTER")
}

// Disconnect ends the phone's connection: API Gateway tells of it.
func (p *Phone) Disconnect() {
	p.stage.t.Helper()
	p.stage.Cut(p.Conn)
	if _, err := p.stage.Process.Disconnect(p.stage.t.Context(), p.stage.event(p.Conn, "$disconnect", "")); err != nil {
		p.stage.t.Fatal(err)
	}
}

// Sends sends a frame as it is, but for its line ends.
func (p *Phone) Sends(frame string) {
	p.stage.t.Helper()
	frame = strings.ReplaceAll(strings.ReplaceAll(frame, "\r\n", "\n"), "\n", "\r\n")
	resp, err := p.stage.Process.Message(p.stage.t.Context(), p.stage.event(p.Conn, "$default", frame))
	if err != nil || resp.StatusCode != 200 {
		p.stage.t.Errorf("%s sends: %v, %v", p.Conn, resp, err)
	}
}

// Says sends a message, and returns it.
func (p *Phone) Says(m *sip.Message) *sip.Message {
	p.stage.t.Helper()
	p.Sends(string(m.Bytes()))
	return m
}

// Request is a request of the phone's outside a dialog, yet to be sent.
func (p *Phone) Request(method, uri string) *sip.Message {
	p.count++
	m := &sip.Message{Method: method, URI: uri}
	m.Header.Add("Via", p.Via())
	m.Header.Add("Max-Forwards", "70")
	m.Header.Add("From", fmt.Sprintf("<sip:%s>;tag=%s-%d", p.AOR, p.Conn, p.count))
	m.Header.Add("To", "<"+uri+">")
	m.Header.Add("Call-ID", fmt.Sprintf("call-%s-%d", p.Conn, p.count))
	m.Header.Add("CSeq", "1 "+method)
	if method != "MESSAGE" && method != "OPTIONS" {
		m.Header.Add("Contact", "<"+p.Contact+">")
	}
	return m
}

// Via is a new one of the phone's.
func (p *Phone) Via() string {
	p.count++
	return fmt.Sprintf("SIP/2.0/WSS %s;branch=z9hG4bK%s%d", p.Host, p.Conn, p.count)
}

// Response is the phone's answer to a request that it has heard, yet to be sent. One to an INVITE has
// what makes a dialog.
func (p *Phone) Response(to *sip.Message, status int) *sip.Message {
	tag := "of-" + string(p.Conn)
	if status == 100 {
		tag = ""
	}
	r := sip.Response(to, status, "Because", tag)
	for _, route := range to.Header.Values("Record-Route") {
		r.Header.Add("Record-Route", route)
	}
	if to.Method == "INVITE" && status > 100 && status < 300 {
		r.Header.Add("Contact", "<"+p.Contact+">")
	}
	return r
}

// Answers sends a response.
func (p *Phone) Answers(to *sip.Message, status int) {
	p.stage.t.Helper()
	p.Says(p.Response(to, status))
}

// Cancel is the CANCEL of a request that the phone has sent.
func (p *Phone) Cancel(m *sip.Message) *sip.Message { return p.same(m, m, "CANCEL") }

// AckFailure is the ACK of an INVITE's response that is no 2xx.
func (p *Phone) AckFailure(invite, response *sip.Message) *sip.Message {
	return p.same(invite, response, "ACK")
}

// same is a request of the same transaction (RFC 3261, 9.1 and 17.1.1.3).
func (p *Phone) same(m, to *sip.Message, method string) *sip.Message {
	r := &sip.Message{Method: method, URI: m.URI}
	number, _ := m.CSeq()
	r.Header.Add("Via", m.Header.Get("Via"))
	r.Header.Add("Max-Forwards", "70")
	for _, route := range m.Header.Values("Route") {
		r.Header.Add("Route", route)
	}
	r.Header.Add("From", m.Header.Get("From"))
	r.Header.Add("To", to.Header.Get("To"))
	r.Header.Add("Call-ID", m.Header.Get("Call-ID"))
	r.Header.Add("CSeq", fmt.Sprintf("%d %s", number, method))
	return r
}

// Dialog is one end of a dialog (RFC 3261, 12).
type Dialog struct {
	Local, Remote string // From and To of what it sends, with their tags
	Target        string
	Routes        []string
	CallID        string
	CSeq          int

	phone *Phone
}

// Dialog is the caller's end, by the INVITE that it sent and the response that it heard.
func (p *Phone) Dialog(invite, response *sip.Message) *Dialog {
	number, _ := invite.CSeq()
	d := p.dialog(response, int(number))
	d.Local, d.Remote = response.Header.Get("From"), response.Header.Get("To")
	for _, route := range response.Header.Values("Record-Route") {
		d.Routes = append([]string{route}, d.Routes...)
	}
	return d
}

// DialogOf is the callee's end, by the INVITE that it heard and the response that it sent.
func (p *Phone) DialogOf(invite, response *sip.Message) *Dialog {
	d := p.dialog(invite, 0)
	d.Local, d.Remote = response.Header.Get("To"), response.Header.Get("From")
	d.Routes = invite.Header.Values("Record-Route")
	return d
}

func (p *Phone) dialog(other *sip.Message, number int) *Dialog {
	target, err := sip.ParseAddress(other.Header.Get("Contact"))
	if err != nil {
		p.stage.t.Fatalf("no Contact in\n%s", other.Bytes())
	}
	return &Dialog{Target: target.URI, CallID: other.Header.Get("Call-ID"), CSeq: number, phone: p}
}

// Request is the next request in the dialog, yet to be sent. An ACK is of the INVITE before it.
func (d *Dialog) Request(method string) *sip.Message {
	if method != "ACK" {
		d.CSeq++
	}
	m := &sip.Message{Method: method, URI: d.Target}
	m.Header.Add("Via", d.phone.Via())
	m.Header.Add("Max-Forwards", "70")
	for _, route := range d.Routes {
		m.Header.Add("Route", route)
	}
	m.Header.Add("From", d.Local)
	m.Header.Add("To", d.Remote)
	m.Header.Add("Call-ID", d.CallID)
	m.Header.Add("CSeq", fmt.Sprintf("%d %s", d.CSeq, method))
	return m
}

// Hears returns the next message that the phone has heard. It fails the test if there is none.
func (p *Phone) Hears() *sip.Message {
	p.stage.t.Helper()
	p.stage.deliver()
	if len(p.frames) == 0 {
		p.stage.t.Fatalf("%s hears nothing", p.Conn)
	}
	frame := p.frames[0]
	p.frames = p.frames[1:]
	m, err := sip.Parse(frame)
	if err != nil {
		p.stage.t.Fatalf("%s hears %v:\n%s", p.Conn, err, frame)
	}
	return m
}

// Heard returns all messages that the phone has heard.
func (p *Phone) Heard() (list []*sip.Message) {
	p.stage.t.Helper()
	p.stage.deliver()
	for len(p.frames) > 0 {
		list = append(list, p.Hears())
	}
	return list
}

// HearsRequest returns the next message, which has to be a request of the method.
func (p *Phone) HearsRequest(method string) *sip.Message {
	p.stage.t.Helper()
	m := p.Hears()
	if m.Method != method {
		p.stage.t.Fatalf("%s hears, instead of %s,\n%s", p.Conn, method, m.Bytes())
	}
	return m
}

// HearsResponse returns the next message, which has to be a response of the status to a method.
func (p *Phone) HearsResponse(status int, method string) *sip.Message {
	p.stage.t.Helper()
	m := p.Hears()
	if _, to := m.CSeq(); m.Status != status || to != method {
		p.stage.t.Fatalf("%s hears, instead of %d to %s,\n%s", p.Conn, status, method, m.Bytes())
	}
	return m
}

// HearsNothing fails the test if the phone has heard anything that was not asked for.
func (p *Phone) HearsNothing() {
	p.stage.t.Helper()
	p.stage.deliver()
	for _, frame := range p.frames {
		p.stage.t.Errorf("%s hears\n%s", p.Conn, frame)
	}
	p.frames = nil
}
