package egress

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"time"
)

// listen takes connections that were meant for the hosts that are answered here, with or without
// TLS.
func (p *Proxy) listen() error {
	// An address of its own, where the system has more than one of this machine: clients that look
	// up a host's address and keep their own idea of the port are known by it.
	var err error
	if p.direct, err = net.Listen("tcp", "127.76.68.86:0"); err != nil {
		p.direct, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return fmt.Errorf("listen for functions: %w", err)
	}
	p.running.Go(func() {
		for {
			conn, err := p.direct.Accept()
			switch {
			case errors.Is(err, net.ErrClosed):
				return
			case err != nil: // too many open files, perhaps
				select {
				case <-time.After(acceptAgain):
					continue
				case <-p.ctx.Done():
					return
				}
			}
			p.running.Go(func() { p.take(conn) })
		}
	})
	return nil
}

const acceptAgain = 50 * time.Millisecond

// firstByte is how long a client may take to say whether it wants TLS.
const firstByte = 10 * time.Second

const handshake = 22 // the first byte of TLS

func (p *Proxy) take(conn net.Conn) {
	stop := closeWith(p.ctx, conn)
	buffered := bufio.NewReader(conn)
	_ = conn.SetReadDeadline(time.Now().Add(firstByte))
	first, err := buffered.Peek(1)
	_ = conn.SetReadDeadline(time.Time{})
	if !stop() || err != nil {
		conn.Close()
		return
	}
	client := net.Conn(&early{Conn: conn, r: buffered})
	if first[0] == handshake {
		client = tls.Server(client, &tls.Config{GetConfigForClient: p.configFor, MinVersion: tls.VersionTLS12})
	}
	select {
	case p.accepted <- client:
	case <-p.ctx.Done():
		conn.Close()
	}
}

// configFor is what a host's clients get.
func (p *Proxy) configFor(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	host := strings.ToLower(hello.ServerName)
	if host == "" && len(p.opt.Hosts) > 0 { // who does not say whom he wants to see takes anybody
		host = slices.Min(slices.Collect(maps.Keys(p.opt.Hosts)))
	}
	if _, here := p.prefix(host); !here {
		return nil, fmt.Errorf("localdev does not answer for %q", host)
	}
	config := p.config(host)
	if strings.Contains(host, ".execute-api.") { // API Gateway speaks both, DynamoDB and Lambda do not
		config.NextProtos = []string{"h2", "http/1.1"}
	}
	return config, nil
}

func (p *Proxy) config(host string) *tls.Config {
	return &tls.Config{
		NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return p.authority.leaf(host) },
	}
}
