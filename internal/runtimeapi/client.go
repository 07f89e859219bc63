package runtimeapi

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"runtime"
	"strconv"
	"strings"

	"github.com/parley-rtc/parley/internal/http1"
)

const invocations = "/2018-06-01/runtime/invocation/"

// client asks the Runtime API. Its errors have the texts of aws-lambda-go's.
type client struct {
	address string
	conn    *http1.Conn // nil before the first request
	fields  string      // of every head
	ask     []byte      // for the next event
	head    []byte      // of the last post
	asked   []func()    // to be called once the first request is on its way
}

func newClient(address string, asked []func()) *client {
	c := &client{address: address, asked: asked}
	c.fields = " HTTP/1.1\r\nHost: " + address + "\r\nUser-Agent: aws-lambda-go/" + runtime.Version() + "\r\n"
	c.ask = []byte("GET " + invocations + "next" + c.fields + "\r\n")
	return c
}

// next waits for an event, whose bytes are good until the next request.
func (c *client) next() (http1.Answer, error) {
	kept := c.conn
	a, err := c.do(c.ask, nil)
	if err != nil && kept != nil && !kept.Begun() { // it had been closed: http.Transport asks again, too
		a, err = c.do(c.ask, nil)
	}
	switch {
	case a.Status == 0:
		where := c.url("next")
		return a, fmt.Errorf("failed to get the next invoke: %w", &url.Error{Op: "Get", URL: where, Err: err})
	case a.Status != http.StatusOK:
		return a, fmt.Errorf("failed to GET %s: got unexpected status code: %d", c.url("next"), a.Status)
	case err != nil:
		return a, fmt.Errorf("failed to read the invoke payload: %w", err)
	}
	return a, nil
}

// post sends what came of an event: its response, or its error and the cause of that for X-Ray.
func (c *client) post(id, what string, body, cause []byte) error {
	id, err := c.escaped(id, what)
	if err != nil {
		return err
	}
	if c.conn != nil && !c.conn.Idle() { // nobody may send this twice
		c.hangUp()
	}
	c.head = append(append(append(c.head[:0], "POST "+invocations...), id...), what...)
	c.head = append(append(c.head, c.fields...), "Content-Type: application/json\r\nContent-Length: "...)
	c.head = append(strconv.AppendInt(c.head, int64(len(body)), 10), "\r\n"...)
	if len(cause) > 0 {
		c.head = append(append(append(c.head, "Lambda-Runtime-Function-Xray-Error-Cause: "...), cause...), "\r\n"...)
	}
	c.head = append(c.head, "\r\n"...)
	a, err := c.do(c.head, body)
	switch {
	case a.Status == 0:
		where := c.url(id + what)
		return fmt.Errorf("failed to POST to %s: %w", where, &url.Error{Op: "Post", URL: where, Err: err})
	case a.Status != http.StatusAccepted:
		return fmt.Errorf("failed to POST to %s: got unexpected status code: %d", c.url(id+what), a.Status)
	case err != nil:
		return fmt.Errorf("something went wrong reading the POST response from %s: %w", c.url(id+what), err)
	}
	return nil
}

// do asks on the connection that there is, if any.
func (c *client) do(head, body []byte) (http1.Answer, error) {
	if c.conn == nil {
		address, err := netip.ParseAddrPort(c.address)
		if err != nil {
			return http1.Answer{}, err
		}
		conn, err := net.DialTCP("tcp", nil, net.TCPAddrFromAddrPort(address)) // a start takes longer by a Dialer
		if err != nil {
			return http1.Answer{}, err
		}
		c.conn = http1.New(conn)
	}
	c.conn.Send(head, body)
	for _, do := range c.asked {
		do()
	}
	c.asked = nil
	a, err := c.conn.Receive()
	if err != nil || a.Close {
		c.hangUp()
	}
	return a, err
}

func (c *client) hangUp() {
	_ = c.conn.Close() // there is nothing left to lose
	c.conn = nil
}

func (c *client) url(path string) string { return "http://" + c.address + invocations + path }

// escaped returns the id of an event as it is in a URL.
func (c *client) escaped(id, what string) (string, error) {
	if plain(id) {
		return id, nil
	}
	u, err := url.Parse(c.url(id + what))
	if err != nil {
		return "", fmt.Errorf("failed to construct POST request to %s: %w", c.url(id+what), err)
	}
	return strings.TrimSuffix(strings.TrimPrefix(u.RequestURI(), invocations), what), nil
}

// plain tells whether s is in a URL as it is.
func plain(s string) bool {
	for _, c := range []byte(s) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '.', c == '_':
		default:
			return false
		}
	}
	return s != ""
}
