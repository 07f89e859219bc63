package dynamo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/parley-rtc/parley/localdev/engine"
	"github.com/parley-rtc/parley/localdev/internal/proc"
)

// install runs npm in a folder of its own beside dir's and renames the result, so that several localdevs may do it at once.
func install(ctx context.Context, starter *proc.Starter, name, dir string, log *slog.Logger) error {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return errors.New("npm is not on PATH: install Node.js, which brings it")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	work, err := os.MkdirTemp(dir, ".install-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	files, err := engine.Require(name)
	if err != nil {
		return err
	}
	for file, content := range files {
		if err := os.WriteFile(filepath.Join(work, file), content, 0o644); err != nil {
			return err
		}
	}
	log.Info("fetching the DynamoDB engine by npm, once", "folder", dir)
	var out bytes.Buffer
	cmd := exec.Command(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error",
		"--prefer-offline", "--fetch-retries=1", "--fetch-retry-mintimeout=1000")
	cmd.Dir, cmd.Stdout, cmd.Stderr = work, &out, &out
	child, err := starter.Start(cmd)
	if err != nil {
		return fmt.Errorf("npm ci: %w", err)
	}
	select {
	case <-child.Done():
	case <-ctx.Done():
		child.Kill()
		<-child.Done()
		return ctx.Err()
	}
	if err := child.Err(); err != nil {
		return explain(err, out.String())
	}
	if err := executable(packaged(work)); err != nil {
		return fmt.Errorf("%s is there now, but its program is not: %w", name, err)
	}
	from, to := filepath.Join(work, "node_modules"), filepath.Join(dir, "node_modules")
	if err = os.Rename(from, to); err == nil || executable(packaged(dir)) == nil { // somebody was first
		return nil
	}
	if err := os.RemoveAll(to); err != nil { // it has no engine for this machine
		return err
	}
	return os.Rename(from, to)
}

var npmCode = regexp.MustCompile(`(?m)^npm (?:error|ERR!) code (\S+)`)

// explain says what npm's failure means, with the line in which npm says it.
func explain(err error, output string) error {
	code := "npm ci: " + err.Error()
	if found := npmCode.FindStringSubmatch(output); found != nil {
		code = found[1]
	}
	return fmt.Errorf("%s [%s: %s]", advice(code), code, essence(output))
}

func advice(code string) string {
	switch code {
	case "ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT", "ERR_SOCKET_TIMEOUT":
		return "npm does not reach its registry: is there a network, or a proxy that npm has to be told of (npm config set https-proxy URL)?"
	case "E401", "E403", "E404", "ETARGET":
		return "npm's registry does not have it, or not for you: look at npm config get registry"
	case "EBADPLATFORM":
		return "npm takes this machine for another one: look at npm config get os, cpu and libc"
	case "EINTEGRITY":
		return "what npm fetched is not what localdev was made with"
	case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "SELF_SIGNED_CERT_IN_CHAIN", "UNABLE_TO_VERIFY_LEAF_SIGNATURE", "CERT_HAS_EXPIRED":
		return "npm does not trust its registry's certificate: give it the authority of your proxy (npm config set cafile FILE)"
	}
	return "npm fails"
}

// essence is the line of npm's output that tells most: the one with a reason, else the first in words.
func essence(output string) string {
	first := ""
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(strings.NewReplacer("npm error", "", "npm ERR!", "").Replace(line))
		name, _, _ := strings.Cut(line, " ")
		switch {
		case strings.Contains(line, "reason: "):
			return line
		case first != "" || slices.Contains([]string{"", "code", "syscall", "errno", "path", "dest"}, name):
		default:
			first = line
		}
	}
	return first
}
