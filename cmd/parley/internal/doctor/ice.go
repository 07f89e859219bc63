package doctor

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"regexp"
	"strings"
	"time"

	"github.com/pion/logging"
	"github.com/pion/stun/v3"
	"github.com/pion/turn/v4"

	"github.com/parley-rtc/parley/client/go/wire"
)

// ice tries every server that clients are given: a STUN server has to answer, a TURN server has to grant a relay.
func (e *examination) ice(ctx context.Context) (string, error) {
	servers := e.joined[1].ICE
	var seen []string
	turns := 0
	for _, s := range servers {
		for _, raw := range s.URLs {
			uri, err := stun.ParseURI(raw)
			if err != nil {
				return "", broken("ICE servers", "correct ICE_SERVERS or TURN_URLS (iceServers, turnUrls)", "%q is no STUN or TURN URL", raw)
			}
			if err := e.try(ctx, uri, s); err != nil {
				return "", err
			}
			if uri.Scheme == stun.SchemeTypeTURN || uri.Scheme == stun.SchemeTypeTURNS {
				turns++
			}
			seen = append(seen, raw)
		}
	}
	if len(seen) == 0 {
		return "clients are given none: calls connect within one network only", nil
	}
	note := ""
	if turns == 0 {
		note = "; without a TURN server, about one call in six between strict networks does not connect"
	}
	return strings.Join(seen, ", ") + " answered" + note, nil
}

// timeLimited is a user name {expiry}:{user}, as the service makes them of TURN_SECRET. Others are from ICE_SERVERS.
var timeLimited = regexp.MustCompile(`^\d+:`)

func (e *examination) try(ctx context.Context, uri *stun.URI, s wire.ICEServer) error {
	relay := uri.Scheme == stun.SchemeTypeTURN || uri.Scheme == stun.SchemeTypeTURNS
	address := net.JoinHostPort(uri.Host, fmt.Sprint(uri.Port))
	kind := "STUN"
	if relay {
		kind = "TURN"
	}
	conn, err := e.connect(ctx, uri, address)
	if err != nil {
		return broken(kind+" server", "check its address and its firewall", "the %s server %s cannot be reached: %v", kind, address, root(err))
	}
	client, err := turn.NewClient(&turn.ClientConfig{
		STUNServerAddr: address, TURNServerAddr: address, Conn: conn, Username: s.Username, Password: s.Credential,
		LoggerFactory: &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled}, RTO: 500 * time.Millisecond,
	})
	if err != nil { // it looks the name up
		_ = conn.Close()
		return broken(kind+" server", "check its name", "the %s server %s cannot be found: %v", kind, address, root(err))
	}
	defer conn.Close()
	defer client.Close()
	if err := client.Listen(); err != nil {
		return err
	}
	if !relay {
		if _, err := client.SendBindingRequest(); err != nil {
			return broken("STUN server", "check its address and its firewall, or take another (ICE_SERVERS)", "the STUN server %s does not answer", address)
		}
		return nil
	}
	allocated, err := client.Allocate()
	switch {
	case err == nil:
		return allocated.Close()
	case strings.Contains(err.Error(), "error 401") || strings.Contains(err.Error(), "error 400"): // coturn's answer, and pion's
		if !timeLimited.MatchString(s.Username) {
			return broken("TURN credential", "correct username and credential of this server in iceServers (ICE_SERVERS)", "the TURN server %s refuses the user name and credential that iceServers has for it, or that it lacks", address)
		}
		return broken("TURN secret", "give the service the TURN server's static-auth-secret (TURN_SECRET_PARAMETER), and let both have the right time", "the TURN server %s refuses the credentials that the service gives out", address)
	case strings.Contains(err.Error(), "all retransmissions failed"):
		return broken("TURN server", "check its address and its firewall", "the TURN server %s does not answer", address)
	}
	return broken("TURN server", "see the TURN server's log", "the TURN server %s grants no relay: %v", address, root(err))
}

// connect opens what the URI asks for: UDP, or a stream that is read as packets.
func (e *examination) connect(ctx context.Context, uri *stun.URI, address string) (net.PacketConn, error) {
	if uri.Proto == stun.ProtoTypeUDP {
		return net.ListenPacket("udp4", ":0") //nolint:noctx // binds, and waits for nothing
	}
	step, cancel := e.step(ctx)
	defer cancel()
	dialer := &net.Dialer{}
	stream, err := dialer.DialContext(step, "tcp", address)
	if err != nil {
		return nil, err
	}
	if uri.Scheme == stun.SchemeTypeTURNS || uri.Scheme == stun.SchemeTypeSTUNS {
		secure := tls.Client(stream, &tls.Config{ServerName: uri.Host})
		if err := secure.HandshakeContext(step); err != nil {
			_ = stream.Close()
			return nil, err
		}
		stream = secure
	}
	return turn.NewSTUNConn(stream), nil
}
