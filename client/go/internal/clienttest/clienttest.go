// Package clienttest has what the tests of the Go client compare by, alone and against localdev.
package clienttest

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// Equal compares lists, and shows the beginnings of what is in them.
func Equal(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %s, want %s", what, Clip(got), Clip(want))
	}
}

// Clip shortens texts, for a message.
func Clip(list []string) string {
	short := make([]string, len(list))
	for i, s := range list {
		short[i] = s[:min(len(s), 60)]
	}
	return strings.Join(short, ", ")
}

// Object reads an object of JSON.
func Object(t *testing.T, raw json.RawMessage) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	return m
}
