package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/spf13/cobra"

	"github.com/parley-rtc/parley/cmd/parley/internal/token"
)

// secretVariable holds the secret, unless --secret-file names where it is: on a command line everybody could read it.
const secretVariable = "AUTH_SECRET"

func tokenCommand() *cobra.Command {
	var c token.Claims
	var secretFile, issuer, audience string
	var ttl time.Duration
	var create bool
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Mint a test token, signed with HS256",
		Long: `Mint a test token for a service with AUTH=jwt and a secret. Your own server mints those of your users.

The secret comes from the environment variable AUTH_SECRET, or from a file; - is standard input.`,
		Example: `  AUTH_SECRET=… parley token --sub alice --rooms 'team-*' --role host
  aws ssm get-parameter --with-decryption --name /my-app/signaling-secret --query Parameter.Value --output text | parley token --secret-file - --sub alice --rooms '*'`,
		Args: exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			secret, err := readSecret(cmd.InOrStdin(), secretFile)
			if err != nil {
				return usageError{err}
			}
			now := time.Now()
			c.IssuedAt, c.ExpiresAt = jwt.NewNumericDate(now), jwt.NewNumericDate(now.Add(ttl))
			c.Issuer = issuer
			if !create {
				c.Create = &create
			}
			if audience != "" {
				c.Audience = jwt.ClaimStrings{audience}
			}
			minted, err := token.Mint(c, secret)
			if err != nil {
				return usageError{err}
			}
			if asJSON(cmd) {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(map[string]any{"token": minted, "expires": c.ExpiresAt.Unix()})
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), minted)
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&c.Subject, "sub", "", "who it is for; also the peer's name, unless --peer says otherwise")
	flags.StringVar(&c.Peer, "peer", "", "name in rooms, or a prefix of it followed by *")
	flags.StringSliceVar(&c.Rooms, "rooms", nil, "rooms it opens, or prefixes followed by *; may be repeated")
	flags.StringVar(&c.Role, "role", "", "host or guest")
	flags.BoolVar(&create, "create", true, "whether it may be the first in a room; --create=false only joins others")
	flags.IntVar(&c.Seats, "seats", 0, "seats of the rooms that it opens, 1 to 250 (default the service's)")
	flags.DurationVar(&ttl, "ttl", time.Hour, "how long it is good for")
	flags.StringVar(&issuer, "issuer", "", "claim iss")
	flags.StringVar(&audience, "audience", "", "claim aud")
	flags.StringVar(&secretFile, "secret-file", "", "file with the secret; - is standard input (default the variable AUTH_SECRET)")
	return cmd
}

func readSecret(in io.Reader, file string) ([]byte, error) {
	var secret []byte
	var err error
	switch file {
	case "":
		secret = []byte(os.Getenv(secretVariable))
	case "-":
		secret, err = io.ReadAll(io.LimitReader(in, 1<<16))
	default:
		secret, err = os.ReadFile(file)
	}
	if err != nil {
		return nil, err
	}
	if secret = bytes.TrimRight(secret, "\r\n"); len(secret) == 0 {
		return nil, errors.New("there is no secret: set AUTH_SECRET, or name a file with --secret-file")
	}
	return secret, nil
}
