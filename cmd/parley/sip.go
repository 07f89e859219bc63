package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/spf13/cobra"

	"github.com/parley-rtc/parley/internal/sip/digest"
)

// domainVariable is where the functions have the domain from.
const domainVariable = "SIP_DOMAIN"

func sipCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sip",
		Short: "Make users of SIP",
		Long:  "Make users of SIP, for the settings SIP_USERS and SIP_USERS_PARAMETER.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("there is no command %q; see parley sip --help", args[0])}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(sipUserCommand())
	return cmd
}

func sipUserCommand() *cobra.Command {
	var domain string
	var stdin, generate bool
	cmd := &cobra.Command{
		Use:   "user NAME",
		Short: "Print what stands for a user's password in SIP_USERS",
		Long: `Print what stands for a user's password in SIP_USERS: a JSON object of the name and its hashes, MD5's and
SHA-256's, for one domain. Several are put together by jq -s add. Whoever has the hashes can register as the
user, as with the password, but only in this domain.

The password is asked for at a terminal, read from standard input (--password-stdin), or made (--generate) and
then printed once, to standard error. It is never on the command line, where everybody could read it.`,
		Example: `  parley sip user alice --domain calls.example --generate
  printf %s "$PASSWORD" | parley sip user bob --domain calls.example --password-stdin`,
		Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			name := args[0]
			switch {
			case !digest.IsName(name):
				return usageError{errors.New("NAME: want " + digest.WantName)}
			case domain == "" || strings.ContainsAny(domain, ":@/ \""):
				return usageError{errors.New("want --domain, or the variable SIP_DOMAIN: the host of all addresses")}
			case stdin && generate:
				return usageError{errors.New("--password-stdin and --generate: want one of them")}
			}
			password := rand.Text()
			if !generate {
				var err error
				if password, err = readPassword(cmd.Context(), cmd.InOrStdin(), cmd.ErrOrStderr(), name, stdin); err != nil {
					return usageError{err}
				}
			}
			entry := digest.Entry(name, strings.ToLower(domain), password)
			if asJSON(cmd) {
				made := map[string]string{"name": name, "domain": strings.ToLower(domain), "entry": entry}
				if generate {
					made["password"] = password
				}
				return json.NewEncoder(cmd.OutOrStdout()).Encode(made)
			}
			if generate {
				fmt.Fprintf(cmd.ErrOrStderr(), "The password of %s, which is kept nowhere: %s\n", name, password)
			}
			encoder := json.NewEncoder(cmd.OutOrStdout())
			encoder.SetEscapeHTML(false) // of a name
			return encoder.Encode(map[string]string{name: entry})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&domain, "domain", os.Getenv(domainVariable), "what SIP_DOMAIN says (default the variable SIP_DOMAIN)")
	flags.BoolVar(&stdin, "password-stdin", false, "read the password from standard input, without the end of its line")
	flags.BoolVar(&generate, "generate", false, "make a password of 26 letters and digits")
	return cmd
}

// readPassword reads a password from a pipe, if that was asked for, or from whoever sits at the
// terminal.
func readPassword(ctx context.Context, in io.Reader, prompt io.Writer, name string, stdin bool) (string, error) {
	if !stdin {
		terminal, ok := in.(*os.File)
		if !ok || !isTerminal(terminal) {
			return "", errors.New("there is no terminal to ask for the password at: want --password-stdin or --generate")
		}
		fmt.Fprintf(prompt, "Password of %s: ", name)
		defer fmt.Fprintln(prompt)
		defer echo(ctx, terminal, "echo")
		echo(ctx, terminal, "-echo")
	}
	line := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(io.LimitReader(in, digest.MaxPassword+2)).ReadString('\n')
		line <- strings.TrimRight(text, "\r\n")
	}()
	select {
	case password := <-line:
		if !digest.IsPassword(password) {
			return "", errors.New("want " + digest.WantPassword)
		}
		return password, nil
	case <-ctx.Done():
		return "", errors.New("no password")
	}
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && f.Name() != os.DevNull
}

// echo has a terminal show what is typed, or not. Where there is no stty it goes on as it does.
func echo(ctx context.Context, terminal *os.File, how string) {
	stty := exec.CommandContext(context.WithoutCancel(ctx), "stty", how)
	stty.Stdin = terminal
	_ = stty.Run()
}
