// Package local talks to a localdev.
package local

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Localdev is one, by the address that it listens on.
type Localdev struct{ base string }

// Find returns the localdev behind the URL of an API, nil if there is none.
func Find(ctx context.Context, api string) *Localdev {
	u, err := url.Parse(api)
	if err != nil {
		return nil
	}
	scheme := "http"
	if u.Scheme == "wss" || u.Scheme == "https" {
		scheme = "https"
	}
	l := &Localdev{scheme + "://" + u.Host}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if l.get(ctx, "apis", &[]json.RawMessage{}) != nil {
		return nil
	}
	return l
}

func (l *Localdev) get(ctx context.Context, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, l.base+"/_localdev/"+path, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", path, resp.Status)
	}
	return json.NewDecoder(resp.Body).Decode(into)
}

// Address is its own, as http://HOST:PORT.
func (l *Localdev) Address() string { return l.base }

// Layout returns the address of the first API's stage, for @connections, and the name of the table of rooms.
func (l *Localdev) Layout(ctx context.Context) (stage, rooms, connections string, err error) {
	var apis []struct{ URL string }
	var tables []struct{ Name string }
	if err := l.get(ctx, "apis", &apis); err != nil {
		return "", "", "", err
	}
	if err := l.get(ctx, "tables", &tables); err != nil {
		return "", "", "", err
	}
	for _, t := range tables {
		switch {
		case strings.Contains(t.Name, "RoomsTable"):
			rooms = t.Name
		case strings.Contains(t.Name, "ConnectionsTable"):
			connections = t.Name
		}
	}
	if len(apis) == 0 || rooms == "" || connections == "" {
		return "", "", "", fmt.Errorf("the localdev at %s runs no Parley", l.base)
	}
	return "http" + strings.TrimPrefix(apis[0].URL, "ws"), rooms, connections, nil
}

// Since returns what functions wrote, and why they failed, since a time.
func (l *Localdev) Since(ctx context.Context, t time.Time) ([]string, error) {
	var spans []struct {
		At      int64 // ms, of the emulated clock, which is never behind
		Failure string
		Steps   []struct{ Kind, Text, Failure string }
	}
	if err := l.get(ctx, "trace", &spans); err != nil {
		return nil, err
	}
	var lines []string
	for _, s := range spans {
		if s.At < t.UnixMilli() {
			continue
		}
		lines = append(lines, s.Failure)
		for _, step := range s.Steps {
			lines = append(lines, step.Failure)
			if step.Kind == "log" {
				lines = append(lines, step.Text)
			}
		}
	}
	return lines, nil
}
