package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-rtc/parley/cmd/parley/internal/load"
)

func loadCommand() *cobra.Command {
	var opt load.Options
	var sure bool
	cmd := &cobra.Command{
		Use:   "load URL",
		Short: "Drive pairs of peers and report latency, loss, repeats and order",
		Long: `Drive pairs of peers, each in a room of its own, and report latency, loss, repeats and order.

On AWS this costs money (about $2.30 for a million messages) and counts against the account's limits,
so anything but this machine needs --yes.`,
		Example: "  parley load ws://127.0.0.1:3000/prod --pairs 10 --rate 200 --duration 30s",
		Args:    exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			opt.URL = args[0]
			if opt.Pairs < 1 || opt.Rate <= 0 || opt.Duration <= 0 || opt.Size < 0 || opt.Size > 16<<10 {
				return usageError{fmt.Errorf("want at least one pair, a rate and a duration above 0, and a size up to 16384 bytes")}
			}
			if !sure && !onThisMachine(opt.URL) {
				return usageError{fmt.Errorf("%s is not on this machine: pass --yes if you mean it", opt.URL)}
			}
			r, err := load.Run(cmd.Context(), opt, func(progress string) { fmt.Fprintln(cmd.ErrOrStderr(), progress) })
			if err != nil {
				return err
			}
			if asJSON(cmd) {
				err = json.NewEncoder(cmd.OutOrStdout()).Encode(r)
			} else {
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "sent %d, received %d, lost %d, doubled %d, out of order %d, failed %d\nlatency p50 %.1f ms, p90 %.1f ms, p99 %.1f ms\n",
					r.Sent, r.Received, r.Lost, r.Doubled, r.OutOfOrder, r.Failed, r.P50, r.P90, r.P99)
			}
			if err == nil && r.Lost+r.Doubled+r.Failed > 0 {
				return errProblem
			}
			return err
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&opt.Pairs, "pairs", 10, "pairs of peers")
	flags.Float64Var(&opt.Rate, "rate", 50, "messages a second, all pairs together")
	flags.DurationVar(&opt.Duration, "duration", 10*time.Second, "how long to send")
	flags.IntVar(&opt.Size, "size", 1024, "bytes of each message")
	flags.StringVar(&opt.Token, "token", "", "JSON Web Token to connect with; its claims rooms and peer have to be *")
	flags.DurationVar(&opt.Timeout, "timeout", 10*time.Second, "how long to wait for each answer")
	flags.BoolVar(&sure, "yes", false, "load a service that is not on this machine")
	return cmd
}

func onThisMachine(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
