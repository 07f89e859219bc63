package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-rtc/parley/cmd/parley/internal/doctor"
	"github.com/parley-rtc/parley/cmd/parley/internal/local"
	"github.com/parley-rtc/parley/cmd/parley/internal/service"
)

func doctorCommand() *cobra.Command {
	opt := doctor.Options{Now: time.Now}
	stack := ""
	cmd := &cobra.Command{
		Use:   "doctor URL",
		Short: "Drive two peers through a service and name what is broken",
		Long: `Drive two synthetic peers through a service: connect, join, relay by address and by name, broadcast,
leave, and try the ICE servers that clients are given. With --peerjs, have a client of PeerJS be greeted.
With --socketio, have two clients of Socket.IO meet; in place of the URL may then stand how an app calls
io(), or the URL that its client asks for, as a browser shows it: what is wrong with that is told first.
What is broken is named, with what to do.

Where a symptom has several causes, the functions' logs decide: those of a localdev are read by themselves,
those on AWS with --stack and the AWS settings of the environment.`,
		Example: `  parley doctor ws://127.0.0.1:3000/prod
  parley doctor wss://abc123.execute-api.eu-west-1.amazonaws.com/prod --token "$(parley token …)" --origin https://my-app.example
  parley doctor --socketio 'io("https://abc123.execute-api.eu-west-1.amazonaws.com/prod")'`,
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			opt.URL = args[0]
			if opt.SocketIO {
				var err error
				if opt.IO, err = doctor.ReadIO(args[0]); err != nil {
					return usageError{err}
				}
				if opt.IO != nil {
					opt.URL = opt.IO.URL()
				}
			}
			opt.Note = func(text string) { fmt.Fprintln(cmd.ErrOrStderr(), "doctor:", text) }
			if l := local.Find(cmd.Context(), opt.URL); l != nil {
				opt.Logs, opt.Patience = l, 0 // what it answers stays
			} else if stack != "" {
				s, err := service.Open(cmd.Context(), stack, "")
				if err != nil {
					return err
				}
				opt.Logs, opt.Account = s, s
			}
			out := cmd.OutOrStdout()
			healthy := doctor.Examine(cmd.Context(), opt, func(f doctor.Finding) {
				if asJSON(cmd) {
					_ = json.NewEncoder(out).Encode(f)
					return
				}
				mark := "ok  "
				if !f.OK {
					mark = "FAIL"
				}
				fmt.Fprintf(out, "%s  %-20s %s\n", mark, f.Check, f.Detail)
				if !f.OK {
					fmt.Fprintf(out, "      broken: %s\n      to do:  %s\n", f.Setting, f.Advice)
				}
			})
			if !healthy {
				return errProblem
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&opt.Token, "token", "", "JSON Web Token to connect with; it is never printed")
	flags.StringVar(&opt.Origin, "origin", "", "origin of the page to connect as, e.g. https://my-app.example")
	flags.StringVar(&opt.PeerJSKey, "peerjs", "", "connect as a client of PeerJS, too, with this key: peerjs, PEERJS_KEY, or a token")
	flags.BoolVar(&opt.SocketIO, "socketio", false, "connect as clients of Socket.IO, too")
	flags.StringVar(&opt.SIP, "sip", "", "connect as a phone that speaks SIP, too, with this address, such as sip:alice@calls.example")
	flags.StringVar(&stack, "stack", "", "CloudFormation stack of the service, whose functions' logs are read")
	flags.StringVar(&opt.Room, "room", "", "room to meet in (default one of its own)")
	flags.DurationVar(&opt.Patience, "patience", 30*time.Second, "how long to wait for a new deployment to be everywhere; not with a localdev")
	flags.DurationVar(&opt.Timeout, "timeout", 10*time.Second, "how long to wait for each answer")
	return cmd
}
