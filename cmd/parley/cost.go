package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/parley-rtc/parley/cmd/parley/internal/cost"
	"github.com/parley-rtc/parley/localdev/rates"
)

func costCommand() *cobra.Command {
	call, settings := cost.Usual(), cost.AsDeployed()
	var calls, channels, greeted, phones float64
	var free string
	var socketio, sip bool
	cmd := &cobra.Command{
		Use:   "cost",
		Short: "Say what a number of calls a month costs, at list price",
		Long: `Say what a number of calls a month costs: by the service's budget of messages, invocations and DynamoDB
units, and the list prices of us-east-1. docs/cost.md has the tables and what they rest on.`,
		Example: `  parley cost --calls 100000 --free always
  parley cost --calls 1000 --socketio
  parley cost --calls 1000 --sip --phones 50
  parley cost --calls 1000 --peers 4 --minutes 45 --json`,
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			below := call.Minutes < 0 || call.Candidates < 0 || call.Batches < 0 || calls < 0 || greeted < 0 || phones < 0
			if below || call.Peers < 1 || call.Peers > 250 || call.FrameBytes < 1 {
				return usageError{fmt.Errorf("want 1 to 250 peers, and nothing below 0")}
			}
			if sip && (socketio || call.Peers != 2) || phones > 0 && !sip {
				return usageError{fmt.Errorf("--sip is about calls of two, --phones goes with it, and --socketio does not")}
			}
			r, err := rates.USEast1()
			if err != nil {
				return err
			}
			one := call.Usage(settings)
			if socketio {
				one = call.SocketIO(settings)
			}
			if sip {
				one = call.SIP(settings)
			}
			registered := cost.JsSIP(true).Day(settings).Times(30 * phones)
			usage := one.Times(calls).Plus(cost.Greetings(greeted, settings)).Plus(registered)
			lines, err := cost.Month(r, usage, cost.Free(free))
			if err != nil {
				return usageError{err}
			}
			kinesis := cost.KinesisVideo(r, call.Signals()*calls, channels)
			if asJSON(cmd) {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(map[string]any{
					"region": r.Region, "prices": r.Compiled, "lines": lines, "usd": cost.Total(lines), "kinesisVideoUsd": kinesis,
				})
			}
			return printCost(cmd.OutOrStdout(), r, lines, calls, kinesis)
		},
	}
	flags := cmd.Flags()
	flags.Float64Var(&calls, "calls", 1, "calls in a month")
	flags.IntVar(&call.Peers, "peers", call.Peers, "peers in a call, each calling each other one")
	flags.Float64Var(&call.Minutes, "minutes", call.Minutes, "that each peer stays")
	flags.IntVar(&call.Candidates, "candidates", call.Candidates, "ICE candidates of each peer to each other one")
	flags.IntVar(&call.Batches, "batches", call.Batches,
		"messages in which our SDK sends those of them that its descriptions have not")
	flags.IntVar(&call.FrameBytes, "bytes", call.FrameBytes, "bytes of a message, on average")
	flags.BoolVar(&call.Acks, "acks", call.Acks,
		"signals and goodbyes are acknowledged, which our SDK asks for where it has to send them again")
	flags.BoolVar(&socketio, "socketio", false,
		"the calls are those of clients of Socket.IO, by a recipe that sends to sockets' ids")
	flags.BoolVar(&sip, "sip", false, "the calls are those of phones with JsSIP; that these are registered is --phones")
	flags.Float64Var(&phones, "phones", 0, "phones with JsSIP and a password that are registered all month (30 days)")
	flags.IntVar(&settings.MemoryMB, "memory", settings.MemoryMB, "of each function in MB")
	flags.Float64Var(&settings.Ms, "ms", settings.Ms, "that an invocation takes, on average")
	flags.IntVar(&settings.LogBytes, "log-bytes", settings.LogBytes, "that an event writes to the log")
	flags.Float64Var(&greeted, "greeted", 0,
		"connections in a month whose clients wait to be greeted, as those of PeerJS do: "+
			"what that adds (--socketio has it in it)")
	flags.StringVar(&free, "free", string(cost.FreeNone), "free tier to subtract: none, always, legacy12 or credits")
	flags.Float64Var(&channels, "channels", 1, "Kinesis Video signaling channels in use, for the comparison")
	return cmd
}

func printCost(out io.Writer, r rates.Rates, lines []cost.Line, calls, kinesis float64) error {
	fmt.Fprintf(out, "%s, list prices compiled %s\n\n", r.Region, r.Compiled)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, l := range lines {
		fmt.Fprintf(table, "%s\t%.4g\t$%.6g\t\n", l.Item, l.Quantity, l.USD)
	}
	fmt.Fprintf(table, "together\t\t$%.6g\t\n", cost.Total(lines))
	if calls > 0 {
		fmt.Fprintf(table, "a call\t\t$%.6g\t\n", cost.Total(lines)/calls)
	}
	fmt.Fprintf(table, "the signals over Kinesis Video\t\t$%.6g\t\n", kinesis)
	return table.Flush()
}
