package streams

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/internal/template"
)

// delivered returns the batches that a function gets for records a, b, c, d, as in "abcd ab cd".
func delivered(t *testing.T, source template.EventSource, answer func(batch string) (string, error)) string {
	t.Helper()
	var got []string
	m := &Mapping{opt: Options{Source: source, Log: slog.New(slog.DiscardHandler)}}
	m.opt.Invoke = func(_ context.Context, event []byte) ([]byte, error) {
		var e struct{ Records []record }
		if err := json.Unmarshal(event, &e); err != nil {
			t.Fatal(err)
		}
		names := ""
		for _, r := range e.Records {
			names += r.DynamoDB.SequenceNumber
		}
		got = append(got, names)
		text, err := answer(names)
		return []byte(text), err
	}
	var batch []record
	for _, n := range []string{"a", "b", "c", "d"} {
		batch = append(batch, record{DynamoDB: change{SequenceNumber: n}})
	}
	m.deliver(t.Context(), batch, 0)
	return strings.Join(got, " ")
}

func TestDeliver(t *testing.T) {
	failed := errors.New("failed")
	poisoned := func(batch string) (string, error) { // c can never be taken
		if strings.Contains(batch, "c") {
			return "", failed
		}
		return "", nil
	}
	report := func(text string) func(string) (string, error) {
		first := true
		return func(string) (string, error) {
			if !first {
				return "{}", nil
			}
			first = false
			return text, nil
		}
	}
	for _, tt := range []struct {
		name   string
		source template.EventSource
		answer func(string) (string, error)
		want   string
	}{
		{"taken", template.EventSource{Retries: -1}, func(string) (string, error) { return "", nil }, "abcd"},
		{"discarded after the last retry", template.EventSource{Retries: 1}, poisoned, "abcd abcd"},
		{"never again with no retries", template.EventSource{}, poisoned, "abcd"},
		{"halved", template.EventSource{Retries: 2, BisectOnError: true}, poisoned, "abcd ab cd c d"},
		{"reported", template.EventSource{Retries: -1, ReportFailures: true}, report(`{"batchItemFailures":[{"itemIdentifier":"d"},{"itemIdentifier":"c"}]}`), "abcd cd"},
		{"reported, nothing", template.EventSource{Retries: -1, ReportFailures: true}, report(`{"batchItemFailures":[]}`), "abcd"},
		{"reported, unknown", template.EventSource{Retries: -1, ReportFailures: true}, report(`{"batchItemFailures":[{"itemIdentifier":"x"}]}`), "abcd abcd"},
		{"reported, null", template.EventSource{Retries: -1, ReportFailures: true}, report(`{"batchItemFailures":[{"itemIdentifier":null}]}`), "abcd abcd"},
		{"reports that nobody reads", template.EventSource{Retries: -1}, report(`{"batchItemFailures":[{"itemIdentifier":"c"}]}`), "abcd"},
	} {
		if got := delivered(t, tt.source, tt.answer); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}
