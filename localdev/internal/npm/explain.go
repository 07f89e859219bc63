package npm

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// ErrUnknown says that the registry gives no such package.
var ErrUnknown = errors.New("npm's registry does not have it, or not for you: look at npm config get registry")

var failureCode = regexp.MustCompile(`(?m)^npm (?:error|ERR!) code (\S+)`)

// explain says what the failure of an npm command means, with the line in which npm says it.
func explain(command string, err error, output string) error {
	code := "npm " + command + ": " + err.Error()
	if found := failureCode.FindStringSubmatch(output); found != nil {
		code = found[1]
	}
	return fmt.Errorf("%w [%s: %s]", meaning(code), code, essence(output))
}

func meaning(code string) error {
	switch code {
	case "ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT",
		"ERR_SOCKET_TIMEOUT":
		return errors.New("npm does not reach its registry: is there a network, or a proxy that npm has to be told of " +
			"(npm config set https-proxy URL)?")
	case "E401", "E403", "E404", "ETARGET":
		return ErrUnknown
	case "EBADPLATFORM":
		return errors.New("npm takes this machine for another one: look at npm config get os, cpu and libc")
	case "EINTEGRITY":
		return errors.New("what npm fetched is not what localdev was made with")
	case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "SELF_SIGNED_CERT_IN_CHAIN", "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
		"CERT_HAS_EXPIRED":
		return errors.New("npm does not trust its registry's certificate: give it the authority of your proxy " +
			"(npm config set cafile FILE)")
	}
	return errors.New("npm fails")
}

// essence is the line of npm's output that tells most: the one with a reason, else the first in
// words.
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
