package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-rtc/parley/cmd/parley/internal/local"
	"github.com/parley-rtc/parley/cmd/parley/internal/service"
)

// where are the flags that say which service is meant.
type where struct{ stack, local string }

func (w *where) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&w.stack, "stack", "", "CloudFormation stack of the service, with the AWS settings of the environment")
	cmd.Flags().StringVar(&w.local, "local", "", "address of a localdev, e.g. http://127.0.0.1:3000")
}

func (w *where) open(ctx context.Context) (*service.Service, error) {
	s, err := service.Open(ctx, w.stack, w.local)
	if errors.Is(err, service.ErrNowhere) {
		return nil, usageError{err}
	}
	return s, err
}

func roomsCommand() *cobra.Command {
	var w where
	cmd := &cobra.Command{
		Use:     "rooms",
		Short:   "List the rooms that somebody is in, or may come back to",
		Example: "  parley rooms --stack Parley\n  parley rooms --local http://127.0.0.1:3000 --json",
		Args:    exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := w.open(cmd.Context())
			if err != nil {
				return err
			}
			list, err := s.Rooms(cmd.Context())
			if err != nil {
				return err
			}
			if asJSON(cmd) {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(list)
			}
			table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(table, "ROOM\tPEERS\tAWAY\tREV\tLOCKED\tEXPIRES")
			for _, r := range list {
				fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%t\t%s\n",
					r.Name, len(r.Peers)-r.Away(), r.Away(), r.Rev, r.Locked, r.Expires.Format(time.RFC3339))
			}
			return table.Flush()
		},
	}
	w.flags(cmd)
	return cmd
}

func peersCommand() *cobra.Command {
	var w where
	cmd := &cobra.Command{
		Use:   "peers ROOM",
		Short: "List the peers of a room, in join order, and which were lost",
		Args:  exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := w.open(cmd.Context())
			if err != nil {
				return err
			}
			r, err := s.Room(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if asJSON(cmd) {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(r)
			}
			table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(table, "PEER\tROLE\tJOINED\tLOST\tDIALECT\tCONNECTION")
			for _, p := range r.Peers {
				fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n",
					p.Name, p.Role, p.Joined.Format(time.RFC3339), loss(p), p.Dialect, p.Connection)
			}
			return table.Flush()
		},
	}
	w.flags(cmd)
	return cmd
}

// loss says what became of the seat of a peer whose connection was lost. Who was lost last leaves a room
// when the next change is made to it.
func loss(p service.Peer) string {
	switch {
	case p.Lost.IsZero():
		return "-"
	case p.Lost.After(time.Now()):
		return "seat kept until " + p.Lost.Format(time.TimeOnly)
	}
	return "gone since " + p.Lost.Format(time.RFC3339)
}

func kickCommand() *cobra.Command {
	var w where
	var reason string
	cmd := &cobra.Command{
		Use:   "kick ROOM PEER",
		Short: "Take a peer's seat, tell it and the others, and close its connection if it has no other seat",
		Long: `Take a peer's seat, tell it and the others, and close its connection if it has no other seat, as a host's kick does.
Our SDK does not come back by itself; others may.`,
		Args: exactly(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := w.open(cmd.Context())
			if err != nil {
				return err
			}
			return s.Kick(cmd.Context(), args[0], args[1], reason)
		},
	}
	w.flags(cmd)
	cmd.Flags().StringVar(&reason, "reason", "", "what the peer is told")
	return cmd
}

// lines is where log lines come from.
type lines interface {
	Since(ctx context.Context, t time.Time) ([]string, error)
}

func tailCommand() *cobra.Command {
	var w where
	var since, every time.Duration
	var once bool
	cmd := &cobra.Command{
		Use:   "tail",
		Short: "Follow what the functions log, a line an event",
		Args:  exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			var source lines
			if w.local != "" && w.stack == "" {
				if l := local.Find(cmd.Context(), w.local); l != nil {
					source = l
				}
			}
			if source == nil {
				s, err := w.open(cmd.Context())
				if err != nil {
					return err
				}
				source = s
			}
			return follow(cmd, source, time.Now().Add(-since), every, once)
		},
	}
	w.flags(cmd)
	cmd.Flags().DurationVar(&since, "since", 10*time.Minute, "how far back to begin")
	cmd.Flags().DurationVar(&every, "every", 2*time.Second, "how often to look")
	cmd.Flags().BoolVar(&once, "once", false, "print what there is, and end")
	return cmd
}

// follow prints new lines until the command is interrupted.
func follow(cmd *cobra.Command, source lines, from time.Time, every time.Duration, once bool) error {
	printed := map[string]bool{} // lines come again: a log has no place to go on from
	for {
		list, err := source.Since(cmd.Context(), from)
		if err != nil {
			return err
		}
		for _, line := range list {
			if line = strings.TrimSpace(line); line == "" || printed[line] {
				continue
			}
			printed[line] = true
			text := line
			if !asJSON(cmd) {
				text = readable(line)
			}
			if text != "" {
				fmt.Fprintln(cmd.OutOrStdout(), text)
			}
		}
		if once {
			return nil
		}
		select {
		case <-time.After(every):
		case <-cmd.Context().Done():
			return nil
		}
	}
}

// readable is an event's line in a few words; any other line stays as it is, but for Lambda's own of each event.
func readable(line string) string {
	var e struct {
		Time                                 time.Time
		Level, Msg, Connection, Room, Action string
		Outcome, Err                         string
		Duration                             float64
	}
	if json.Unmarshal([]byte(line), &e) != nil || e.Msg == "" {
		for _, own := range []string{"START ", "END ", "REPORT "} {
			if strings.HasPrefix(line, own) {
				return ""
			}
		}
		return line
	}
	words := []string{e.Time.Format("15:04:05.000"), e.Level, e.Msg, e.Action, e.Outcome, fmt.Sprintf("%.1f ms", e.Duration), e.Connection}
	if e.Room != "" {
		words = append(words, "room "+e.Room)
	}
	if e.Err != "" {
		words = append(words, e.Err)
	}
	return strings.Join(words, "  ")
}
