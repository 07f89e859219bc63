// Command parley examines, feeds and operates a signaling service, deployed or in localdev.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"
)

// The exit codes.
const (
	exitProblem = 1 // what was looked at has a problem
	exitUsage   = 2 // the command line is wrong
	exitFailed  = 3 // the command could not do its work
)

// errProblem says that a command has worked, and told of a problem.
var errProblem = errors.New("a problem was found")

// usageError is a command line that is wrong.
type usageError struct{ error }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, in io.Reader, out, complaints io.Writer) int {
	root := command()                         //nolint:contextcheck // the commands have it from cobra
	root.SetArgs(append([]string{}, args...)) // nil would be those of the process
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(complaints)
	err := root.ExecuteContext(ctx)
	if _, wrong := errors.AsType[usageError](err); wrong {
		fmt.Fprintln(complaints, "parley:", err)
		return exitUsage
	}
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errProblem):
		return exitProblem
	}
	fmt.Fprintln(complaints, "parley:", err)
	return exitFailed
}

func command() *cobra.Command {
	root := &cobra.Command{
		Use:     "parley",
		Version: versionOf(),
		Short:   "Examine, feed and operate a Parley signaling service",
		Long: `Examine, feed and operate a Parley signaling service, deployed or in localdev.

Exit codes: 0 fine, 1 a problem was found, 2 the command line is wrong, 3 the command could not do its work.`,
		SilenceUsage: true, SilenceErrors: true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("there is no command %q; see parley --help", args[0])}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.PersistentFlags().Bool("json", false, "print JSON")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())}
	})
	root.AddCommand(doctorCommand(), tokenCommand(), loadCommand(), costCommand(), recipeCommand(), sipCommand(), roomsCommand(), peersCommand(), kickCommand(), tailCommand())
	return root
}

// version is what `make release` says that it is: git describe's word.
var version string

// versionOf is the release's version, else the module's as go install knows it.
func versionOf() string {
	v := version
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "(devel)" {
		v = cmp.Or(v, info.Main.Version)
	}
	return cmp.Or(v, "(not a release)")
}

// exactly is cobra.ExactArgs with our exit code.
func exactly(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return usageError{fmt.Errorf("usage: %s", cmd.UseLine())}
		}
		return nil
	}
}

func asJSON(cmd *cobra.Command) bool {
	on, _ := cmd.Flags().GetBool("json")
	return on
}
