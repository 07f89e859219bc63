package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/parley-rtc/parley/localdev/emulator"
)

const usage = `localdev runs a WebSocket API of API Gateway with its Lambda functions and DynamoDB tables on this machine.

Usage: localdev [flags]

`

const examples = `
Examples:
  localdev
        run the project in this folder on http://127.0.0.1:3000/: its template.yaml or template.json, what sam build or
        cdk synth made of it, what samconfig.toml names
  localdev -listen 127.0.0.1:0 -data .localdev/data
        choose a free port, keep the tables over a restart
  localdev -template ../app/template.yaml -stage dev -env AUTH=none -env LOG_LEVEL=debug
        run another template, with other variables for its functions
  localdev -weather storm.yaml -ttl-delay 48h
        inject faults, and leave expired items for two days, as AWS may
  localdev -record call.jsonl
        write what clients and functions say to a file, with its timing
  localdev -listen 127.0.0.1:0 -replay call.jsonl
        say it again to the functions of today, and name what differs
  localdev -identity users.yaml
        let clients sign requests as several users, roles or Cognito identities
  localdev -iam=false
        let functions do what their roles in the template do not grant
  localdev -map peerjs -front=false
        serve the stage at /peerjs too, and answer other paths as API Gateway does
  localdev -dynamodb http://127.0.0.1:8000
        use a DynamoDB Local that runs already
  localdev -exec 'Chat=npx aws-lambda-ric index.handler' -parameter Stage=dev
        run a function of another runtime by a command, in the folder of its code
  localdev -lambda http://127.0.0.1:3001
        invoke functions that cannot run here at sam local start-lambda

When it can serve it prints one line for each API, such as: ready ws://127.0.0.1:3000/dev
`

// parse reads the command line; recording is the file to replay, if any. It fails with flag.ErrHelp after it wrote the
// help, or the version, to out.
func parse(args []string, out io.Writer) (opt emulator.Options, recording string, err error) {
	opt = emulator.Options{Env: map[string]string{}, Exec: map[string]string{}, Parameters: map[string]string{}}
	set := flag.NewFlagSet("localdev", flag.ContinueOnError)
	set.SetOutput(io.Discard) // an error is said once, by main
	set.StringVar(&opt.Template, "template", "", "SAM or CloudFormation template, as YAML or JSON: a `file`, or the folder cdk.out "+
		"(default: that of the project in this folder)")
	set.StringVar(&opt.Listen, "listen", "127.0.0.1:3000", "one `address` for everything; port 0 picks a free one")
	set.StringVar(&opt.Stage, "stage", "", "`name` of the stage in place of the template's")
	set.StringVar(&opt.Region, "region", "", "`region` of AWS to run as (default: that for which the CDK, SAM or the Serverless Framework is set, else us-east-1)")
	set.StringVar(&opt.Data, "data", "", "`folder` that keeps the tables over a restart (default: in memory)")
	set.StringVar(&opt.DynamoDB, "dynamodb", "", "`URL` of another DynamoDB in place of the engine")
	set.StringVar(&opt.Lambda, "lambda", "", "`URL` of a Lambda endpoint, such as sam local start-lambda's, for functions that cannot run here")
	set.Func("exec", "command that runs a function, as `LogicalID=COMMAND`; it speaks the Lambda Runtime API; may be repeated", func(s string) error {
		id, command, ok := strings.Cut(s, "=")
		if !ok || id == "" || strings.TrimSpace(command) == "" {
			return fmt.Errorf("want LogicalID=COMMAND")
		}
		opt.Exec[id] = command
		return nil
	})
	set.Func("parameter", "value for a parameter of the template, as `NAME=VALUE`; may be repeated", func(s string) error {
		name, value, ok := strings.Cut(s, "=")
		if !ok || name == "" {
			return fmt.Errorf("want NAME=VALUE")
		}
		opt.Parameters[name] = value
		return nil
	})
	set.Func("env", "variable for the functions, as `NAME=VALUE`; may be repeated", func(s string) error {
		name, value, ok := strings.Cut(s, "=")
		if !ok || name == "" {
			return fmt.Errorf("want NAME=VALUE")
		}
		opt.Env[name] = value
		return nil
	})
	set.Func("order", "messages of one connection: `concurrent`, or serial: one at a time (default concurrent)", func(s string) error {
		if s != "concurrent" && s != "serial" {
			return fmt.Errorf("want concurrent or serial")
		}
		opt.Serial = s == "serial"
		return nil
	})
	set.DurationVar(&opt.TTLDelay, "ttl-delay", 0, "how long after its time to live an item is deleted, as a `duration`; AWS takes up to days")
	set.StringVar(&opt.Weather, "weather", "", "`file` of faults to inject, YAML or JSON")
	set.StringVar(&opt.Identities, "identity", "", "`file` of access keys and who they are to an API with AWS_IAM, YAML or JSON")
	set.StringVar(&opt.Record, "record", "", "`file` to write what clients and localdev say to each other to, tokens included")
	set.StringVar(&recording, "replay", "", "recorded `file` to drive again; localdev then ends, with status 1 if something differs")
	set.Func("switch", "behave otherwise where AWS's behaviour is uncertain; may be repeated: `NAME` is one of "+
		strings.Join(emulator.SwitchNames(), ", "), opt.Switches.Set)
	set.BoolFunc("freeze", "freeze functions between events, as Lambda does (default true); false lets a profiler look at them", func(s string) error {
		on, err := strconv.ParseBool(s)
		opt.Awake = !on
		return err
	})
	set.BoolFunc("iam", "refuse functions what their roles in the template do not grant, as AWS does (default true); false lets them do all", func(s string) error {
		on, err := strconv.ParseBool(s)
		opt.Permissive = !on
		return err
	})
	set.Func("map", "`NAME` of another path of the stage, such as prod/peerjs, as behind an API mapping of a custom domain; may be repeated", func(s string) error {
		opt.Maps = append(opt.Maps, s)
		return nil
	})
	set.BoolFunc("front", "let the CloudFront Function that the template has in front of its API answer for all other paths (default true)", func(s string) error {
		on, err := strconv.ParseBool(s)
		opt.NoFront = !on
		return err
	})
	set.BoolVar(&opt.Watch, "watch", true, "rebuild functions when their sources change")
	tell := set.Bool("version", false, "say which version this is")
	err = set.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		set.SetOutput(out)
		fmt.Fprint(out, usage)
		set.PrintDefaults()
		fmt.Fprint(out, examples)
		return opt, "", err
	case err != nil:
		return opt, "", fmt.Errorf("%w; see localdev --help", err)
	case *tell:
		fmt.Fprintln(out, versionLine())
		return opt, "", flag.ErrHelp
	case set.NArg() > 0:
		return opt, "", fmt.Errorf("unexpected argument %q; see localdev --help", set.Arg(0))
	}
	return opt, recording, nil
}
