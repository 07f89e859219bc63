package app_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/app"
	"github.com/parley-rtc/parley/internal/signaling"
)

// TestAFunctionThatHasAskedForAnEventGetsReady: before, it asks nobody for anything.
func TestAFunctionThatHasAskedForAnEventGetsReady(t *testing.T) {
	pushes, reads := make(chan string, 10), make(chan string, 10)
	stage := httptest.NewUnstartedServer(http.NotFoundHandler())
	stage.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			pushes <- "a connection"
		}
	}
	stage.Start()
	t.Cleanup(stage.Close)
	database := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reads <- r.Header.Get("X-Amz-Target")
		w.WriteHeader(http.StatusBadRequest)
	}))
	t.Cleanup(database.Close)
	vars := map[string]string{
		"CONNECTIONS_TABLE": "c", "ROOMS_TABLE": "r", "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "key",
		"AWS_ENDPOINT_URL_DYNAMODB": database.URL, "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI": stage.URL,
	}
	a, err := app.New(func(name string) string { return vars[name] })
	if err == nil {
		err = a.ServeMessages(t.Context(), signaling.Actions{})
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(pushes)+len(reads) > 0 {
		t.Error("a start asks somebody")
	}
	a.Asked()
	for what, c := range map[string]chan string{"a connection": pushes, "DynamoDB_20120810.GetItem": reads} {
		select {
		case got := <-c:
			if got != what {
				t.Errorf("got %s, want %s", got, what)
			}
		case <-time.After(time.Minute):
			t.Fatalf("want %s", what)
		}
	}
}
