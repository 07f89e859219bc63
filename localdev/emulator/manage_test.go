package emulator_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi/types"
)

// sdk is the AWS SDK's client of @connections.
func (w *world) sdk(stage string) *apigatewaymanagementapi.Client {
	return apigatewaymanagementapi.New(apigatewaymanagementapi.Options{
		Region:           "us-east-1",
		BaseEndpoint:     aws.String("http://" + w.Addr + "/" + stage),
		Credentials:      credentials.NewStaticCredentialsProvider("key", "secret", ""),
		HTTPClient:       http.DefaultClient,
		RetryMaxAttempts: 1,
	})
}

func TestConnectionsWithTheSDK(t *testing.T) {
	w := start(t)
	c := w.dial("")
	api := w.sdk("prod")
	id := aws.String(c.id)

	run(t, "POST", func(t *testing.T) {
		if _, err := api.PostToConnection(t.Context(), &apigatewaymanagementapi.PostToConnectionInput{
			ConnectionId: id,
			Data:         []byte("hello"),
		}); err != nil {
			t.Fatal(err)
		}
		if got := c.text(); got != "hello" {
			t.Errorf("got %s", got)
		}
	})
	run(t, "POST of 128 KB goes out in frames of 32 KB", func(t *testing.T) {
		data := bytes.Repeat([]byte("x"), 128*1024)
		if _, err := api.PostToConnection(t.Context(), &apigatewaymanagementapi.PostToConnectionInput{
			ConnectionId: id,
			Data:         data,
		}); err != nil {
			t.Fatal(err)
		}
		if got := c.text(); got != string(data) {
			t.Errorf("got %d bytes", len(got))
		}
	})
	run(t, "POST over 128 KB is PayloadTooLargeException", func(t *testing.T) {
		_, err := api.PostToConnection(t.Context(), &apigatewaymanagementapi.PostToConnectionInput{
			ConnectionId: id,
			Data:         make([]byte, 128*1024+1),
		})
		if want := (*types.PayloadTooLargeException)(nil); !errors.As(err, &want) {
			t.Errorf("got %v", err)
		}
	})
	run(t, "GET", func(t *testing.T) {
		got, err := api.GetConnection(t.Context(), &apigatewaymanagementapi.GetConnectionInput{ConnectionId: id})
		if err != nil {
			t.Fatal(err)
		}
		if aws.ToString(got.Identity.SourceIp) != "127.0.0.1" || aws.ToString(got.Identity.UserAgent) != "test/1.0" {
			t.Errorf("got %+v", got.Identity)
		}
		if time.Since(*got.ConnectedAt) > time.Hour || got.LastActiveAt.Before(*got.ConnectedAt) {
			t.Errorf("got connected %v, active %v", got.ConnectedAt, got.LastActiveAt)
		}
	})
	run(t, "another stage is ForbiddenException", func(t *testing.T) {
		_, err := w.sdk("dev").PostToConnection(t.Context(),
			&apigatewaymanagementapi.PostToConnectionInput{ConnectionId: id, Data: []byte("x")})
		if want := (*types.ForbiddenException)(nil); !errors.As(err, &want) {
			t.Errorf("got %v", err)
		}
	})
	run(t, "DELETE, and all is GoneException after it", func(t *testing.T) {
		if _, err := api.DeleteConnection(t.Context(), &apigatewaymanagementapi.DeleteConnectionInput{ConnectionId: id}); err != nil {
			t.Fatal(err)
		}
		if code, reason := c.closed(); code != 1000 || reason != "Connection Closed Normally" {
			t.Errorf("client: got %d %s", code, reason)
		}
		_, post := api.PostToConnection(t.Context(), &apigatewaymanagementapi.PostToConnectionInput{ConnectionId: id, Data: []byte("x")})
		_, get := api.GetConnection(t.Context(), &apigatewaymanagementapi.GetConnectionInput{ConnectionId: id})
		_, del := api.DeleteConnection(t.Context(), &apigatewaymanagementapi.DeleteConnectionInput{ConnectionId: id})
		for what, err := range map[string]error{"POST": post, "GET": get, "DELETE": del} {
			if want := (*types.GoneException)(nil); !errors.As(err, &want) {
				t.Errorf("%s: got %v", what, err)
			}
		}
	})
}

// noMethod is the answer to what is not @connections, but below a stage.
func noMethod(route, method string) string {
	return `{"message":"No method found matching route ` + route + " for http method " + method + `."}`
}

func TestConnectionsOnTheWire(t *testing.T) {
	w := start(t)
	c := w.dial("")
	escaped := strings.ReplaceAll(c.id, "=", "%3D")
	for _, path := range []string{
		"/prod/@connections/" + c.id, "/prod/%40connections/" + escaped,
		"/prod/%40connections/" + c.id, "/prod/@connections/" + escaped,
		"/prod//@connections/" + escaped, // of an endpoint that ends in a slash
	} {
		resp, body := w.http("POST", path, path)
		if resp.StatusCode != 200 || body != "" {
			t.Errorf("POST %s: got %s %s, want 200 with an empty body", path, resp.Status, body)
			continue
		}
		if got := c.text(); got != path {
			t.Errorf("got %s, want %s", got, path)
		}
	}
	resp, body := w.http("GET", "/prod/@connections/"+c.id, "")
	const stamp = `"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"`
	want := regexp.MustCompile(`^\{"connectedAt":` + stamp + `,"identity":\{"sourceIp":"127.0.0.1","userAgent":"test/1.0"\},"lastActiveAt":` + stamp + `\}$`)
	if resp.StatusCode != 200 || !want.MatchString(body) {
		t.Errorf("GET: got %s %s", resp.Status, body)
	}
	for _, tt := range []struct {
		name, method, path string
		body               int
		status             int
		typ, answer        string
	}{
		{"unknown", "POST", "/prod/@connections/AAAAAAAAAAAAAAA=", 1, 410, "GoneException", ""},
		{
			"unknown, escaped twice is another ID", "POST", "/prod/@connections/" + strings.ReplaceAll(escaped, "%", "%25"), 1,
			400, "BadRequestException", "",
		},
		{"malformed", "POST", "/prod/@connections/no*id", 1, 400, "BadRequestException", `{"message":"Invalid connectionId: no*id"}`},
		{"wrong stage", "POST", "/dev/@connections/" + c.id, 1, 403, "ForbiddenException", `{"message":"Forbidden"}`},
		{"no ID", "POST", "/prod/@connections", 1, 404, "NotFoundException", noMethod("@connections", "POST")},
		{
			"an endpoint that ends in @connections", "POST", "/prod/@connections/@connections/x", 1,
			404, "NotFoundException", noMethod("@connections/@connections/x", "POST"),
		},
		{
			"an endpoint with the stage twice", "POST", "/prod/prod/%40connections/x%3D", 1,
			404, "NotFoundException", noMethod("prod/@connections/x=", "POST"),
		},
		{"a path below", "POST", "/prod/@connections/" + c.id + "/x", 1, 404, "NotFoundException", noMethod("@connections/"+c.id+"/x", "POST")},
		{"another method", "PUT", "/prod/@connections/" + c.id, 1, 404, "NotFoundException", noMethod("@connections/"+c.id, "PUT")},
		{"too large", "POST", "/prod/@connections/" + c.id, 128*1024 + 1, 413, "PayloadTooLargeException", ""},
		{"DELETE", "DELETE", "/prod/@connections/" + c.id, 0, 204, "", ""},
		{"DELETE again", "DELETE", "/prod/@connections/" + c.id, 0, 410, "GoneException", ""},
	} {
		run(t, tt.name, func(t *testing.T) {
			resp, body := w.http(tt.method, tt.path, strings.Repeat("x", tt.body))
			if resp.StatusCode != tt.status || resp.Header.Get("X-Amzn-ErrorType") != tt.typ {
				t.Errorf("got %s %q, want %d %q", resp.Status, resp.Header.Get("X-Amzn-ErrorType"), tt.status, tt.typ)
			}
			if tt.answer != "" && body != tt.answer || tt.status == 410 && body != "" {
				t.Errorf("got %s, want %s", body, tt.answer)
			}
		})
	}
}

// TestPostsAreAnsweredAlike: net/http serves a POST with a query, and nobody but a clock can tell.
func TestPostsAreAnsweredAlike(t *testing.T) {
	w := start(t)
	c, unlucky := w.dial(""), w.dial("")
	w.rule(`{"fault": "push-429", "connection": "` + unlucky.id + `"}`)
	date := regexp.MustCompile(`Date: [^\r]+`)
	for _, tt := range []struct{ name, id, head, body string }{
		{"accepted", c.id, "", "hello"},
		{"the weather", unlucky.id, "", "hello"},
		{"gone", "AAAAAAAAAAAAAAA=", "", "hello"},
		{"malformed", "no*id", "", ""},
		{"another region", c.id, "Authorization: AWS4-HMAC-SHA256 Credential=key/20260101/eu-west-1/execute-api/aws4_request\r\n", ""},
		{"another page", c.id, "Origin: https://example.com\r\n", "hello"},
		{"too large", c.id, "", strings.Repeat("x", 128*1024+1)},
	} {
		run(t, tt.name, func(t *testing.T) {
			var answers []string
			for _, query := range []string{"?", ""} {
				socket, err := net.Dial("tcp", w.Addr)
				if err != nil {
					t.Fatal(err)
				}
				defer socket.Close()
				_ = socket.SetDeadline(time.Now().Add(time.Minute))
				request := fmt.Sprintf("POST /prod/@connections/%s%s HTTP/1.1\r\nHost: %s\r\n%sContent-Length: %d\r\n\r\n%s",
					tt.id, query, w.Addr, tt.head, len(tt.body), tt.body)
				if _, err := io.WriteString(socket, request); err != nil {
					t.Fatal(err)
				}
				_ = socket.(*net.TCPConn).CloseWrite()
				answer, err := io.ReadAll(socket)
				if err != nil {
					t.Fatal(err)
				}
				answers = append(answers, date.ReplaceAllString(string(answer), "Date: "))
			}
			if answers[0] != answers[1] {
				t.Errorf("got %s, want %s", answers[1], answers[0])
			}
		})
	}
}

func TestStalledClient(t *testing.T) {
	w := start(t)
	stalled, other := w.dial(""), w.dial("")
	data := strings.Repeat("x", 128*1024)
	status, sent := 0, 0
	for ; status != 429 && sent < 1000; sent++ {
		began := time.Now()
		resp, _ := w.http("POST", "/prod/@connections/"+stalled.id, data)
		if took := time.Since(began); took > patience {
			t.Fatalf("a POST took %v: it waits for the client to read", took)
		}
		status = resp.StatusCode
		if status == 429 && resp.Header.Get("X-Amzn-ErrorType") != "LimitExceededException" {
			t.Errorf("got %q", resp.Header.Get("X-Amzn-ErrorType"))
		}
	}
	if status != 429 {
		t.Fatalf("got no 429 after %d POSTs", sent)
	}
	w.line("level=WARN", `msg="push refused"`, "the client does not read", "status=429", stalled.id)
	other.do("act", map[string]any{"do": "post", "data": "others live on"})
	if got := other.text(); got != "others live on" {
		t.Errorf("got %s", got)
	}
	for range sent - 1 { // what was accepted arrives whole once the client reads
		if got := stalled.text(); got != data {
			t.Fatalf("got %d bytes", len(got))
		}
	}
	w.http("POST", "/prod/@connections/"+stalled.id, "again")
	if got := stalled.text(); got != "again" {
		t.Errorf("got %.20s", got)
	}
}

// A client that never answers the close frame must not keep localdev from ending.
func TestCloseDoesNotWaitForLingeringClients(t *testing.T) {
	var took time.Duration
	for range 10 { // each of them would take as long as a client has to close; a busy machine may be slow once
		w := start(t)
		c := w.dial("")
		w.http("DELETE", "/prod/@connections/"+c.id, "")
		began := time.Now()
		w.Close()
		if took = time.Since(began); took < 2*time.Second {
			return
		}
	}
	t.Errorf("it took %v, as long as a client has to close", took)
}
