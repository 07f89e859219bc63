package doctor

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/coder/websocket"
)

var realm = regexp.MustCompile(`\r\nWWW-Authenticate: Digest realm="([^"]*)"`)

// phone connects as a phone that speaks SIP, and asks what is registered under its address: who may
// ask that may register.
func (e *examination) phone(ctx context.Context) (string, error) {
	address := strings.TrimPrefix(e.SIP, "sip:")
	_, domain, found := strings.Cut(address, "@")
	if !found || strings.ContainsAny(address, " <>\r\n") {
		return "", broken("address of SIP", "pass one such as sip:alice@calls.example with --sip", "%q is no address", e.SIP)
	}
	query := map[string]string{}
	if e.Token != "" {
		query["token"] = e.Token
	}
	socket, err := e.dialAs(ctx, query, "sip")
	if p, ok := errors.AsType[*problem](err); ok && p.setting == "subprotocol" {
		return "", broken("dialects", "let DIALECTS (dialects) have sip", "a phone that speaks SIP is not let in (400)")
	}
	if err != nil {
		return "", err
	}
	defer func() { _ = socket.CloseNow() }()
	step, cancel := e.step(ctx)
	defer cancel()
	id := rand.Text()
	err = socket.Write(step, websocket.MessageText, []byte(strings.Join([]string{
		"REGISTER sip:" + domain + " SIP/2.0", "Via: SIP/2.0/WSS doctor.invalid;branch=z9hG4bK" + id, "Max-Forwards: 70",
		"To: <sip:" + address + ">", "From: <sip:" + address + ">;tag=" + id, "Call-ID: " + id, "CSeq: 1 REGISTER",
		"Content-Length: 0", "", "",
	}, "\r\n")))
	var raw []byte
	if err == nil {
		_, raw, err = socket.Read(step)
	}
	if err != nil {
		return "", e.unanswered(ctx, "a phone that wants to register is not answered")
	}
	return e.registered(ctx, address, string(raw))
}

// registered takes the answer to a REGISTER.
func (e *examination) registered(ctx context.Context, address, answer string) (string, error) {
	line, _, _ := strings.Cut(answer, "\r\n")
	status, phrase, _ := strings.Cut(strings.TrimPrefix(line, "SIP/2.0 "), " ")
	switch status {
	case "200":
		if e.Token != "" {
			return address + " may register by the token", nil
		}
		return address + " may register, and so may anybody", nil
	case "401":
		if of := realm.FindStringSubmatch(answer); of != nil {
			return fmt.Sprintf("a phone is asked for the password of %s at %s", address, of[1]), nil
		}
	case "403":
		return "", broken("token", "give the phone a token whose peer is the user (--token), or let users have passwords: "+
			"SIP_USERS_PARAMETER (sipUsersParameter)", "%s may not register: %s", address, phrase)
	case "404":
		return "", broken("SIP domain", "the addresses of phones have the domain that SIP_DOMAIN (sipDomain) says",
			"%s is no address here", address)
	}
	return "", e.unanswered(ctx, "a phone that wants to register is answered with "+line)
}
